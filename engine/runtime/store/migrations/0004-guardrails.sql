-- The operator's guardrails (language reference 11.1). A later version waits for a second person.
create table guardrails_versions (
  tenant_id text not null,
  version int not null check (version > 0),
  digest text not null,
  source text not null,
  guardrails json not null,
  proposed_by text not null,
  proposed_at timestamptz not null default clock_timestamp(),
  confirmed_by text,
  in_force_at timestamptz,
  primary key (tenant_id, version),
  check (confirmed_by <> proposed_by),
  -- Only the very first one comes into force by one person's word.
  check (in_force_at is null or version = 1 or confirmed_by is not null)
);

-- Which one is in force, and which one waits. The row exists from installation on: dispatch reads it
-- `for share`, so a change waits for dispatches under way, and a lock on a missing row locks nothing.
create table guardrails_in_force (
  tenant_id text primary key,
  version int,
  proposal int,
  foreign key (tenant_id, version) references guardrails_versions (tenant_id, version),
  foreign key (tenant_id, proposal) references guardrails_versions (tenant_id, version)
);
insert into guardrails_in_force (tenant_id) values ('default');

create function guardrails_are_confirmed() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if new.version is null and old.version is not null then
    raise exception 'guardrails are replaced, never taken away';
  end if;
  if new.version is not null and not exists (select 1 from guardrails_versions v
      where v.tenant_id = new.tenant_id and v.version = new.version and v.in_force_at is not null) then
    raise exception 'guardrails % were not confirmed', new.version;
  end if;
  return new;
end $$;
create trigger guardrails_are_confirmed before update on guardrails_in_force
  for each row execute function guardrails_are_confirmed();

grant select, insert, update (confirmed_by, in_force_at) on guardrails_versions to riposte_app;
grant select, insert, update on guardrails_in_force to riposte_app;
