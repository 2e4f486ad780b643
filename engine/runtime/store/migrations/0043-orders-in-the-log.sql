-- The story of an incident says who ordered what, and the log alone knows that: it finds those few entries of a run without
-- reading the others. The types are those of `orders` in story-events.ts; a test compares.
create index audit_log_of_orders on audit_log (tenant_id, run_id)
  where type in ('run.cancel-requested', 'run.undo-requested', 'run.restarted', 'lease.renewed', 'undo.left-as-is', 'approval.extended');
