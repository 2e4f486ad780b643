-- Until a table has been analyzed for the first time, the planner believes that a tenant is one of two hundred and owns a
-- two hundredth of the rows. An installation that has just begun read all steps of all runs for each thirty that
-- changed. What is known of these tables before they have a row is said at once; the first analyze replaces it.
do $$
declare
  hot text;
begin
  if not exists (select from pg_proc where proname = 'pg_restore_attribute_stats') then return; end if;
  foreach hot in array array['alerts', 'alert_targets', 'decision_traces', 'runs', 'scopes', 'steps', 'attempts', 'deadlines',
    'audit_log', 'audit_pack']
  loop
    perform pg_restore_attribute_stats('schemaname', 'riposte', 'relname', hot, 'attname', 'tenant_id', 'inherited', false,
      'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 1::real);
  end loop;
end $$;
