-- What the audit log has outside of this database, as far as this database knows. The places themselves
-- are believed, these rows never: whoever restores the database restores them too.
create table audit_anchor (
  tenant_id text not null,
  log_id text not null,
  place text not null,
  size bigint not null default 0 check (size >= 0),
  carried_at timestamptz,
  -- Null while the last attempt went well.
  failing_since timestamptz,
  problem text,
  primary key (tenant_id, log_id, place),
  check ((failing_since is null) = (problem is null))
);
create trigger audit_anchor_grows before update on audit_anchor for each row
  when (new.size < old.size)
  execute function refuse_shrinking_audit();

-- Signature lines of witnesses, beside the checkpoint that they stand under: its own row is never changed.
create table audit_cosignature (
  tenant_id text not null,
  log_id text not null,
  size bigint not null,
  witness text not null,
  line text not null check (line like '— %' and line like E'%\n'),
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, log_id, size, witness)
);
create trigger audit_cosignature_append_only before update or delete on audit_cosignature
  for each row execute function refuse_changing_audit();
create trigger audit_cosignature_no_truncate before truncate on audit_cosignature
  for each statement execute function refuse_changing_audit();

-- A log that contradicts itself or what it published holds containment like a stop does: one row that
-- every dispatch reads under its lock. No person's word sets or clears it.
alter table stops drop constraint stops_scope_check;
alter table stops add constraint stops_scope_check check (scope in ('everything', 'system', 'playbook', 'audit'));
insert into stops (tenant_id, scope, subject)
select distinct tenant_id, 'audit', 'log' from stops on conflict do nothing;

create function refuse_freeing_audit() returns trigger language plpgsql as $$
begin
  raise exception 'what the audit log holds is not cleared like a stop' using errcode = '42501';
end $$;
create trigger stops_audit_stays before update on stops for each row
  when (old.scope = 'audit' and (current_user = 'riposte_app' or new.scope <> 'audit'))
  execute function refuse_freeing_audit();

-- The sequencer may set this one row and nothing else of the stops, and say so in the log, where it can
-- write no other entry. Says whether the row was not set before.
-- The table lock waits for dispatches under way, as setting a stop does.
create function hold_for_audit(tenant text, why text, entry_id text, entry bytea, leaf bytea) returns boolean
language plpgsql security definer set search_path = riposte, pg_temp as $$
declare
  changed int;
begin
  lock table stops in exclusive mode;
  insert into stops (tenant_id, scope, subject) values (tenant, 'audit', 'log') on conflict do nothing;
  update stops set active = true, generation = generation + 1, set_by = 'sequencer', set_at = clock_timestamp(), reason = why
  where tenant_id = tenant and scope = 'audit' and subject = 'log' and not active;
  get diagnostics changed = row_count;
  if changed > 0 then
    insert into audit_pending (tenant_id, id, entry, leaf) values (tenant, entry_id, entry, leaf);
  end if;
  return changed > 0;
end $$;
revoke all on function hold_for_audit(text, text, text, bytea, bytea) from public;

grant select on audit_anchor, audit_cosignature to riposte_app;
grant select, insert, update on audit_anchor to riposte_sequencer;
grant select, insert on audit_cosignature to riposte_sequencer;
grant execute on function hold_for_audit(text, text, text, bytea, bytea) to riposte_sequencer;
