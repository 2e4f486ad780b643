-- What is due for a scope and moved by nobody else stands in its row; see runtime/due.ts.
alter table scopes add column due json not null default '[]', add column alarm_at timestamptz;

update scopes s set due = d.due, alarm_at = d.alarm_at
from (
  select tenant_id, run_id, scope_path,
    json_agg(json_build_object('ref', ref, 'kind', kind, 'seq', seq, 'atMs', floor(extract(epoch from due_at) * 1000)::bigint)) as due,
    min(due_at) filter (where kind not in ('expiry', 'escalation', 'reminder', 'recheck')) as alarm_at
  from deadlines group by tenant_id, run_id, scope_path
) d
where s.tenant_id = d.tenant_id and s.run_id = d.run_id and s.path = d.scope_path;

delete from deadlines where kind not in ('expiry', 'escalation', 'reminder', 'recheck');
alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('expiry', 'escalation', 'reminder', 'recheck'));

create index scopes_alarm on scopes (tenant_id, alarm_at) where alarm_at is not null and live <> 'ended';
