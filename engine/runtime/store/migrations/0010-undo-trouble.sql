-- Undo looks at its target first; records of trouble over all runs; what is contained now; leases that people hear of.

-- `changed-since`: the target shows something else than our action left, so the inverse was not sent.
-- `left-as-is`: a person looked at it and closed it with a reason.
alter table undo_records
  -- What the action was called with and what its success told: the target is asked with the one and compared with the
  -- other before it is taken back. Null on records of before: nothing is known of what they left.
  add column arguments json,
  add column left_behind json,
  -- Of the newest try: why it failed, and what the target was left as and showed instead.
  add column failure json,
  add column expected json,
  add column found json;
alter table undo_records drop constraint undo_records_state_check;
alter table undo_records add constraint undo_records_state_check check (state in ('done', 'undoing', 'undone', 'retained',
  'left-as-found', 'irreversible', 'undo-failed', 'changed-since', 'left-as-is'));
alter table undo_records add constraint undo_records_seen check ((state <> 'changed-since' or found is not null)
  and ((expected is null) = (found is null)));
alter table steps drop constraint steps_undo_check;
alter table steps add constraint steps_undo_check check (undo in ('undone', 'retained', 'left-as-found', 'irreversible',
  'undo-failed', 'changed-since', 'left-as-is'));
-- What other records of the same effect left, and who holds what is contained.
create index undo_records_by_target on undo_records (tenant_id, target_kind, target_id, effect);

-- What a worker makes sure of at the target before it sends an inverse.
alter table attempts add column look json;
create trigger attempts_look_fixed before update of look on attempts for each row
  execute function refuse_rewriting_attempt();

-- What waits for a person over all runs, the newest first.
create index undo_records_trouble on undo_records (tenant_id, (coalesce(settled_at, created_at)) desc, id desc)
  where state in ('undo-failed', 'changed-since');

-- What is contained now, the newest first: 50,000 of them are a page at a time.
create index undo_records_contained on undo_records (tenant_id, created_at desc, id desc)
  where state in ('done', 'undoing', 'undo-failed') and effect is not null;

-- Whose restart a run is, asked whenever an undo looks for all that it is about.
create index runs_by_restart on runs (tenant_id, restart_of) where restart_of is not null;

-- The end of its lease that people were warned of; a lease that ends later is one they were not warned of yet.
alter table undo_records add column lease_warned_until timestamptz;
create index undo_records_expiring on undo_records (tenant_id, lease_until)
  where state = 'done' and lease_asked is null and lease_warned_until = lease_until;
