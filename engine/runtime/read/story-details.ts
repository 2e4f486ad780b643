import { fieldsOfEntry } from './fields-of-entry.ts';

/*
 * What an event of a story says, by the row that tells it (`story-events.ts`). Asked of the rows of one page: the database
 * works out what costs much after it has sorted and cut. Nothing of it is what a playbook hides or a viewer may not read:
 * no arguments, no outputs, no words of a target about itself.
 */

const target = (row: string) =>
  `case when ${row}.target_id is null then '[]'::json else json_build_array(json_build_object('kind', ${row}.target_kind, 'id', ${row}.target_id,
    'name', (select f.facts->>'name' from target_facts f
      where f.tenant_id = $1 and f.kind = ${row}.target_kind and f.target_id = ${row}.target_id))) end`;

const playbook = (row: string) =>
  `(select json_build_object('id', v.playbook_id, 'title', v.title, 'version', v.semver) from playbook_versions v
    where v.tenant_id = $1 and v.playbook_id = ${row}.playbook_id and v.version = ${row}.playbook_version)`;

const playbookOfRun = (row: string) =>
  `(select ${playbook('x')} from runs x where x.tenant_id = $1 and x.id = ${row}.run_id)`;

/** A person by their name now; whoever else it was by their id. */
const who = (id: string) =>
  `case when ${id} is not null then json_build_object('id', ${id},
    'name', coalesce((select y.name from people y where y.tenant_id = $1 and y.id = ${id}), ${id})) end`;

const alertTargets = `(select coalesce(json_agg(json_build_object('kind', n.kind, 'id', n.target_id, 'name', n.name)), '[]')
  from (select kind, target_id, name from alert_targets where tenant_id = $1 and alert_id = a.id
    order by kind, target_id limit 20) n)`;

const asked = `'ref', p.id, 'run', p.run_id, 'playbook', ${playbookOfRun('p')}, 'title', p.card->>'question',
  'action', p.card->>'action', 'class', p.card->>'class', 'targets', p.card->'targets'`;

const votedOn = (table: string, row: string) =>
  `${table} ${row} join approvals p on p.tenant_id = ${row}.tenant_id and p.id = ${row}.approval_id`;

/** A step has two names. */
const theStep = `c.tenant_id = $1 and c.run_id = split_part(s.ref, ' ', 1) and c.path = substr(s.ref, strpos(s.ref, ' ') + 1)`;

/** A log and an index. */
const theEntry = `l.tenant_id = $1 and l.log_id = split_part(s.ref, ' ', 1) and l.idx = split_part(s.ref, ' ', 2)::bigint`;

/** Of an entry, an item for each. */
const itsTargets = `json_array_elements(case when json_typeof(${fieldsOfEntry}->'targets') = 'array' then ${fieldsOfEntry}->'targets' end) n`;

/** By `source` of the event; `ref` finds one row. */
const details: Readonly<Record<string, { fields: string; from: string; where: string }>> = {
  incident: {
    fields: `'ref', i.id, 'title', i.title`,
    from: 'incidents i',
    where: 'i.tenant_id = $1 and i.id = s.ref',
  },
  signal: {
    fields: `'ref', g.incident_id, 'state', g.data->'incident'->>'status', 'owner', nullif(g.data->'incident'->>'owner', ''),
      'classification', g.data->'incident'->>'classification', 'by', ${who('g.caused_by')}`,
    from: 'signals g',
    where: 'g.tenant_id = $1 and g.id = s.ref',
  },
  alert: {
    fields: `'ref', a.id, 'title', a.title, 'severity', a.severity, 'targets', ${alertTargets}`,
    from: 'alerts a',
    where: 'a.tenant_id = $1 and a.id = s.ref',
  },
  order: {
    fields: `'ref', l.run_id, 'run', l.run_id, 'playbook', ${playbookOfRun('l')},
      'title', (select c.name from steps c where c.tenant_id = $1 and c.run_id = l.run_id and c.path = ${fieldsOfEntry}->>'step'),
      'targets', (select coalesce(json_agg(json_build_object('kind', n->>'kind', 'id', n->>'id', 'name', (select f.facts->>'name'
        from target_facts f where f.tenant_id = $1 and f.kind = n->>'kind' and f.target_id = n->>'id'))), '[]') from ${itsTargets}),
      'by', ${who(`(${fieldsOfEntry}->'actor'->>'id')`)}, 'comment', ${fieldsOfEntry}->>'reason'`,
    from: 'audit_log l',
    where: theEntry,
  },
  run: {
    fields: `'ref', r.id, 'run', r.id, 'playbook', ${playbook('r')}, 'mode', r.mode,
      'state', case when s.type = 'run.finished' then r.outcome end, 'by', ${who('r.started_by')}`,
    from: 'runs r',
    where: 'r.tenant_id = $1 and r.id = s.ref',
  },
  step: {
    fields: `'ref', c.run_id, 'run', c.run_id, 'playbook', ${playbookOfRun('c')}, 'title', c.name,
      'action', c.action, 'targets', ${target('c')}, 'state', c.status, 'mode', case when c.simulated then 'audit' end`,
    from: 'steps c',
    where: theStep,
  },
  attempt: {
    fields: `'ref', t.id, 'run', t.run_id, 'playbook', ${playbookOfRun('t')}, 'action', t.action, 'class', t.class,
      'targets', ${target('t')}, 'state', coalesce(t.outcome->>'kind', t.state)`,
    from: 'attempts t',
    where: 't.tenant_id = $1 and t.id = s.ref',
  },
  approval: {
    fields: asked,
    from: 'approvals p',
    where: 'p.tenant_id = $1 and p.id = s.ref',
  },
  decision: {
    fields: `${asked}, 'state', d.decision, 'by', ${who('d.person_id')}, 'comment', d.comment`,
    from: votedOn('decisions', 'd'),
    where: 'd.tenant_id = $1 and d.id = s.ref',
  },
  withdrawal: {
    fields: `${asked}, 'by', ${who('w.person_id')}, 'comment', w.comment`,
    from: votedOn('withdrawals', 'w'),
    where: 'w.tenant_id = $1 and w.decision_id = s.ref',
  },
  glass: {
    fields: `${asked}, 'by', ${who('b.person_id')}, 'comment', b.reason`,
    from: votedOn('break_glass', 'b'),
    where: 'b.tenant_id = $1 and b.approval_id = s.ref',
  },
  task: {
    fields: `'ref', k.id, 'run', k.run_id, 'playbook', ${playbookOfRun('k')}, 'title', k.card->>'question', 'action', k.action,
      'class', k.class, 'targets', ${target('k')}, 'state', k.state, 'by', ${who('k.person_id')}`,
    from: 'tasks k',
    where: 'k.tenant_id = $1 and k.id = s.ref',
  },
  undo: {
    fields: `'ref', u.id, 'run', u.run_id, 'playbook', ${playbookOfRun('u')}, 'title', u.step_name, 'action', u.action,
      'targets', ${target('u')}, 'state', u.state`,
    from: 'undo_records u',
    where: 'u.tenant_id = $1 and u.id = s.ref',
  },
};

export const detailOf = `case s.source ${Object.entries(details)
  .map(
    ([source, { fields, from, where }]) =>
      `when '${source}' then (select json_build_object(${fields}) from ${from} where ${where})`,
  )
  .join('\n')} end`;

/** `?` is kind and id. */
const named = (row: string) => `(${row}.target_kind, ${row}.target_id) = ((?::text[])[1], (?::text[])[2])`;
const onCard = (card: string) =>
  `exists (select 1 from json_array_elements(${card}->'targets') e
    where (e->>'kind', e->>'id') = ((?::text[])[1], (?::text[])[2]))`;

/** The event is about this target. */
export const namesTarget = `case s.source
  when 'alert' then exists (select 1 from alert_targets n where n.tenant_id = $1 and n.alert_id = s.ref
    and (n.kind, n.target_id) = ((?::text[])[1], (?::text[])[2]))
  when 'attempt' then exists (select 1 from attempts t where t.tenant_id = $1 and t.id = s.ref and ${named('t')})
  when 'step' then exists (select 1 from steps c where ${theStep} and ${named('c')})
  when 'task' then exists (select 1 from tasks k where k.tenant_id = $1 and k.id = s.ref and ${named('k')})
  when 'order' then exists (select 1 from audit_log l, ${itsTargets} where ${theEntry}
    and (n->>'kind', n->>'id') = ((?::text[])[1], (?::text[])[2]))
  when 'undo' then exists (select 1 from undo_records u where u.tenant_id = $1 and u.id = s.ref and ${named('u')})
  when 'approval' then exists (select 1 from approvals p where p.tenant_id = $1 and p.id = s.ref and ${onCard('p.card')})
  when 'glass' then exists (select 1 from approvals p where p.tenant_id = $1 and p.id = s.ref and ${onCard('p.card')})
  when 'decision' then exists (select 1 from ${votedOn('decisions', 'd')}
    where d.tenant_id = $1 and d.id = s.ref and ${onCard('p.card')})
  when 'withdrawal' then exists (select 1 from ${votedOn('withdrawals', 'w')}
    where w.tenant_id = $1 and w.decision_id = s.ref and ${onCard('p.card')})
  else false end`;
