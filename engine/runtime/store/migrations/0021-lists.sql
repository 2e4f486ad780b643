-- A list reads as much as it shows, however much there is.

-- What playbooks are listed, searched and filtered by stands in their own narrow rows: a version is as wide as
-- its plan. The database copies it, so that it is what the current version says, whoever writes.
alter table playbooks add column title text, add column mode text;
create function show_current_version() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  select v.title, v.plan->>'mode' into new.title, new.mode from playbook_versions v
  where v.tenant_id = new.tenant_id and v.playbook_id = new.id and v.version = new.current_version;
  if not found then
    raise exception 'playbook %: there is no version %', new.id, new.current_version using errcode = '23503';
  end if;
  return new;
end $$;
create trigger playbooks_show_current before insert or update of current_version, title, mode on playbooks
  for each row execute function show_current_version();
update playbooks p set title = v.title, mode = v.plan->>'mode' from playbook_versions v
where v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version;
alter table playbooks alter column title set not null, alter column mode set not null;
create index playbooks_by_mode on playbooks (tenant_id, mode, id);
create index playbooks_by_enabled on playbooks (tenant_id, enabled, id);

-- Every playbook has its row among the stops. What each dispatch locks, and each page shows, are those that are set.
create index stops_in_force on stops (tenant_id, scope, subject) where active or scope = 'audit';

-- Lists that stopped at a thousand rows, each in the order of its pages.
create index people_by_name on people (tenant_id, lower(name), id);
create index tokens_newest on tokens (tenant_id, created_at desc, id desc);
create index tokens_of_person on tokens (tenant_id, person_id, created_at desc, id desc) where person_id is not null;
create index break_glass_newest on break_glass (tenant_id, at desc, approval_id desc);
create index undo_records_leased on undo_records (tenant_id, lease_until, id) where state = 'done' and lease_until is not null;

-- What one budget holds, the first that expires on top, and how much it is.
create index approvals_held_soonest on approvals (tenant_id, held_by, approve_before, id)
  where state = 'pending' and held_by is not null;

-- The eight newest of a state, or of a playbook, when a hundred thousand newer ones are of another.
create index runs_by_state on runs (tenant_id, state, created_at desc, id desc);
create index runs_of_playbook on runs (tenant_id, playbook_id, created_at desc, id desc);
create index attempts_under_way on attempts (tenant_id, created_at desc, id desc)
  where purpose = 'perform' and state in ('queued', 'claimed');
-- What nothing holds, the first that expires on top.
create index approvals_alone on approvals (tenant_id, approve_before, id) where state = 'pending' and held_by is null;
