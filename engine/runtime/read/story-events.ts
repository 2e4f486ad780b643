import { fieldsOfEntry } from './fields-of-entry.ts';

/*
 * What happened in one incident, as its rows tell it: nothing is kept for the story alone. What people ordered has no row
 * of its own, so the log tells it, through an index that holds these types alone. In: tenant ($1), incident ($2).
 * Out: one row per event with `at`, `type`, and `source` and `ref`, which name the row that tells it, and `rank`, which
 * orders what one commit wrote at the same time. Only that much, so
 * that a page of an incident with ten thousand alerts reads the rest for its own rows alone.
 */

/** What somebody ordered about a run; what came of it follows. The index `audit_log_of_orders` has the same types. */
export const orders = [
  'run.cancel-requested',
  'run.undo-requested',
  'run.restarted',
  'lease.renewed',
  'undo.left-as-is',
  'approval.extended',
] as const;

/** The words of the audit log, where it has one for the same. */
export const storyTypes = [
  'incident.created',
  'incident.updated',
  'alert.accepted',
  ...orders,
  'run.queued',
  'run.started',
  'run.finished',
  'run.undoing',
  'action.attempted',
  'step.succeeded',
  'step.failed',
  'step.denied',
  'step.cancelled',
  'approval.requested',
  'approval.voted',
  'approval.withdrawn',
  'approval.break-glass',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.superseded',
  'task.opened',
  'task.settled',
  'undo.settled',
] as const;

const runs = 'runs r';
const ofRuns = (table: string, row: string) =>
  `${runs} join ${table} ${row} on ${row}.tenant_id = r.tenant_id and ${row}.run_id = r.id`;
const ofApprovals = (table: string, row: string) =>
  `${ofRuns('approvals', 'p')} join ${table} ${row} on ${row}.tenant_id = p.tenant_id and ${row}.approval_id = p.id`;
/*
 * An attempt that succeeded says so itself. Of an order that was only taken, one that nobody knew about for a while, an
 * effect that was there already and a simulated one the step tells what came of it.
 */
const toldByAttempt = `exists (select 1 from attempts t where t.tenant_id = s.tenant_id and t.run_id = s.run_id
  and t.step_path = s.path and t.purpose = 'perform' and t.outcome->>'kind' = 'succeeded')`;
/*
 * A step is dated by the clock of whoever decided, from before what it follows was written down in the same commit: it
 * comes after what was said and done about it, and not after the end of the run that it ended.
 */
const afterAll = `greatest(s.finished_at, r.created_at, r.started_at,
  (select max(p.ended_at) from approvals p where p.tenant_id = s.tenant_id and p.run_id = s.run_id and p.step_path = s.path),
  (select max(t.finished_at) from attempts t where t.tenant_id = s.tenant_id and t.run_id = s.run_id and t.step_path = s.path))`;
const stepAt = `case when s.finished_at <= r.ended_at then least(${afterAll}, r.ended_at) else ${afterAll} end`;
const inIncident = (row: string) => `${row}.tenant_id = $1 and ${row}.incident_id = $2`;

/**
 * The same moment, which no index has. One that has it for the whole tenant would be read in the order of time until a page
 * of this incident is full: in an incident of last year that is all of it.
 */
const ofItsRunsAlone = (at: string) => `greatest(${at})`;

interface Arm {
  at: string;
  type: string;
  source: string;
  ref: string;
  from: string;
  where: string;
}

/** In the order in which one commit may write them. */
const arms: readonly Arm[] = [
  {
    at: 'i.created_at',
    type: `'incident.created'`,
    source: 'incident',
    ref: 'i.id',
    from: 'incidents i',
    where: 'i.tenant_id = $1 and i.id = $2',
  },
  {
    at: 'a.received_at',
    type: `'alert.accepted'`,
    source: 'alert',
    ref: 'a.id',
    from: 'alerts a',
    where: inIncident('a'),
  },
  {
    at: 'l.at',
    type: 'l.type',
    source: 'order',
    ref: `l.log_id || ' ' || l.idx`,
    from: `${runs} join audit_log l on l.tenant_id = r.tenant_id and l.run_id = r.id`,
    // A run writes the same about what it does with it; what was refused was not ordered.
    where: `${inIncident('r')} and l.type in (${orders.map((type) => `'${type}'`).join(', ')})
      and ${fieldsOfEntry}->'actor'->>'kind' in ('person', 'service') and ${fieldsOfEntry}->>'outcome' is distinct from 'denied'`,
  },
  {
    at: 'coalesce(r.started_at, r.created_at)',
    type: `case when r.started_at is null then 'run.queued' else 'run.started' end`,
    source: 'run',
    ref: 'r.id',
    from: runs,
    where: inIncident('r'),
  },
  {
    at: ofItsRunsAlone('p.requested_at'),
    type: `'approval.requested'`,
    source: 'approval',
    ref: 'p.id',
    from: ofRuns('approvals', 'p'),
    where: inIncident('r'),
  },
  {
    at: 'd.at',
    type: `'approval.voted'`,
    source: 'decision',
    ref: 'd.id',
    from: ofApprovals('decisions', 'd'),
    where: inIncident('r'),
  },
  {
    at: 'w.at',
    type: `'approval.withdrawn'`,
    source: 'withdrawal',
    ref: 'w.decision_id',
    from: ofApprovals('withdrawals', 'w'),
    where: inIncident('r'),
  },
  {
    at: ofItsRunsAlone('b.at'),
    type: `'approval.break-glass'`,
    source: 'glass',
    ref: 'b.approval_id',
    from: ofApprovals('break_glass', 'b'),
    where: inIncident('r'),
  },
  {
    at: 'p.ended_at',
    type: `'approval.' || p.state`,
    source: 'approval',
    ref: 'p.id',
    from: ofRuns('approvals', 'p'),
    where: `${inIncident('r')} and p.state <> 'pending' and p.ended_at is not null`,
  },
  {
    at: 'coalesce(t.finished_at, t.claimed_at, t.created_at)',
    type: `'action.attempted'`,
    source: 'attempt',
    ref: 't.id',
    from: ofRuns('attempts', 't'),
    where: `${inIncident('r')} and t.purpose = 'perform' and t.class <> 'read'`,
  },
  {
    at: ofItsRunsAlone('k.opened_at'),
    type: `'task.opened'`,
    source: 'task',
    ref: 'k.id',
    from: ofRuns('tasks', 'k'),
    where: inIncident('r'),
  },
  {
    at: 'k.ended_at',
    type: `'task.settled'`,
    source: 'task',
    ref: 'k.id',
    from: ofRuns('tasks', 'k'),
    where: `${inIncident('r')} and k.ended_at is not null`,
  },
  {
    at: stepAt,
    type: `'step.' || s.status`,
    source: 'step',
    ref: `s.run_id || ' ' || s.path`,
    from: ofRuns('steps', 's'),
    where: `${inIncident('r')} and s.kind = 'action' and s.finished_at is not null
      and (s.status in ('failed', 'denied') or (s.status = 'cancelled' and s.attempts > 0)
        or (s.status = 'succeeded' and not ${toldByAttempt}))`,
  },
  {
    at: 'r.ended_at',
    type: `'run.finished'`,
    source: 'run',
    ref: 'r.id',
    from: runs,
    where: `${inIncident('r')} and r.ended_at is not null`,
  },
  {
    at: 's.started_at',
    type: `'run.undoing'`,
    source: 'step',
    ref: `s.run_id || ' ' || s.path`,
    from: ofRuns('steps', 's'),
    where: `${inIncident('r')} and s.kind = 'undo' and s.started_at is not null`,
  },
  {
    at: 'u.settled_at',
    type: `'undo.settled'`,
    source: 'undo',
    ref: 'u.id',
    from: ofRuns('undo_records', 'u'),
    where: `${inIncident('r')} and u.settled_at is not null and u.state not in ('done', 'undoing')`,
  },
  {
    at: 'g.at',
    type: `'incident.updated'`,
    source: 'signal',
    ref: 'g.id',
    from: 'signals g',
    where: `${inIncident('g')} and g.type = 'incident.updated'`,
  },
];

/** A select for each: alerts, of which an incident may have a hundred thousand, are read in the order of their index. */
export const storyEvents: readonly string[] = arms.map(
  ({ at, type, source, ref, from, where }, rank) =>
    `select ${at} as at, ${type} as type, '${source}' as source, ${ref} as ref, ${rank} as rank from ${from} where ${where}`,
);
