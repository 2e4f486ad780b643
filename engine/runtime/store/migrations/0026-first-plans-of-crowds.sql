-- As 0023, for what alerts with incidents and actions that change something write: the first 600 alerts of an
-- installation that each made an incident were taken at 70 a second instead of 400.
do $$
declare
  hot text;
begin
  if not exists (select from pg_proc where proname = 'pg_restore_attribute_stats') then return; end if;
  foreach hot in array array['incidents', 'signals', 'run_alerts', 'approvals', 'undo_records', 'holds', 'reservations',
    'target_facts', 'messages', 'subscriptions', 'frames', 'notices', 'tasks', 'outbox']
  loop
    perform pg_restore_attribute_stats('schemaname', 'riposte', 'relname', hot, 'attname', 'tenant_id', 'inherited', false,
      'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 1::real);
  end loop;
end $$;
