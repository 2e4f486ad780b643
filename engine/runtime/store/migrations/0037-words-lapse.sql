-- The first of two words that lift a stop or the pause does not wait for the second one for ever. Since when it waits is
-- the database's word; saying it again is a new one.
alter table stops add column clear_requested_at timestamptz;
alter table pauses add column lift_asked_at timestamptz;
update stops set clear_requested_at = clock_timestamp() where clear_requested_by is not null;
update pauses set lift_asked_at = clock_timestamp() where lift_asked_by is not null;
create function note_first_word() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if tg_table_name = 'stops' then
    new.clear_requested_at := case when new.clear_requested_by is not null then clock_timestamp() end;
  else
    new.lift_asked_at := case when new.lift_asked_by is not null then clock_timestamp() end;
  end if;
  return new;
end $$;
create trigger stops_first_word before insert or update of clear_requested_by on stops
  for each row execute function note_first_word();
create trigger pauses_first_word before insert or update of lift_asked_by on pauses
  for each row execute function note_first_word();
-- Looked for every second, among a row per playbook.
create index stops_asked on stops (tenant_id, clear_requested_at) where clear_requested_at is not null;
