-- Reading a sample of 30,000 rows, every column of them sorted, took a sixth of the server's processor time whenever the
-- tables of runs grew fast, which is when there is least of it. Their conditions are on ids and on words with few
-- values; a tenth of the sample says as much about those.
do $$
declare
  sampled record;
begin
  for sampled in
    select c.relname as relation, c.relkind as kind, a.attname as name, a.attnum as place
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    left join pg_index i on i.indexrelid = c.oid
    where c.relnamespace = 'riposte'::regnamespace and a.attnum > 0 and not a.attisdropped
      and coalesce(i.indrelid, c.oid) = any (array['alerts', 'alert_targets', 'decision_traces', 'runs', 'scopes', 'steps',
        'attempts', 'deadlines', 'audit_log', 'audit_pack']::regclass[])
      and (c.relkind = 'r' or c.relkind = 'i' and i.indkey[a.attnum - 1] = 0)
  loop
    if sampled.kind = 'r' then
      execute format('alter table %I alter column %I set statistics 10', sampled.relation, sampled.name);
    else
      execute format('alter index %I alter column %s set statistics 10', sampled.relation, sampled.place);
    end if;
  end loop;
end $$;

-- The check locked the row of the run, a write of its own, and took longer than writing the row that was checked. Whoever
-- writes these has created the run in the same transaction or holds its scope; and nobody but the owner deletes any.
alter table attempts drop constraint attempts_tenant_id_run_id_fkey;
alter table deadlines drop constraint deadlines_tenant_id_run_id_fkey;
alter table scopes drop constraint scopes_tenant_id_run_id_fkey;
alter table steps drop constraint steps_tenant_id_run_id_fkey;
alter table alert_targets drop constraint alert_targets_tenant_id_alert_id_fkey;
revoke delete on alerts, scopes from riposte_app;
