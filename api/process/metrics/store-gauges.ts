import { Gauge, type Registry } from 'prom-client';
import { shareAnswer } from '../../../engine/runtime/share-answer.ts';
import type { Standing } from './read-standing.ts';

/** Several scrape at once, and a storm is no time for counting. */
const keptMs = 5_000;

type Words = readonly (readonly [name: string, help: string, value: (standing: Standing) => number | null])[];

const gauges: Words = [
  [
    'outbox_lag_seconds',
    'Age of the oldest attempt that no queue has yet.',
    ({ health }) => health.outboxLagSeconds,
  ],
  [
    'audit_lag_seconds',
    'Age of the oldest entry that is not sealed yet.',
    ({ health }) => health.auditLagSeconds,
  ],
  [
    'anchors_failing',
    'Places outside that do not take the heads of the log.',
    ({ health }) => health.anchorsFailing,
  ],
  [
    'log_in_doubt',
    '1 while the log contradicts itself or its anchors, and containment is held.',
    ({ health }) => Number(health.logInDoubt),
  ],
  [
    'log_writable',
    '1 while the log takes entries; 0, as on a full disk, while orders are refused with 503 audit/unavailable.',
    ({ logWritable }) => Number(logWritable),
  ],
  [
    'deadlines_late_seconds',
    'How long the oldest of what is due has waited to be looked at.',
    ({ health }) => health.deadlinesLateSeconds,
  ],
  [
    'connections_failing',
    'Connections that do not work, or that no worker has.',
    ({ connectionsFailing }) => connectionsFailing,
  ],
  [
    'alerts_unmatched',
    'Alerts that are stored and not matched yet.',
    ({ backlog }) => backlog.alertsUnmatched,
  ],
  ['approvals_pending', 'Questions that wait for people.', ({ backlog }) => backlog.approvalsPending],
  [
    'approval_soonest_seconds',
    'Time until the first of them ends; absent when none waits.',
    ({ backlog }) => backlog.approvalSoonestSeconds,
  ],
  ['tasks_open', 'Tasks that wait for people.', ({ backlog }) => backlog.tasksOpen],
  ['undo_trouble', 'Effects that could not be taken back.', ({ backlog }) => backlog.undoTrouble],
  ['contained', 'Effects that stand.', ({ backlog }) => backlog.contained],
  ['stops_active', 'Emergency stops in force.', ({ backlog }) => backlog.stops],
  ['paused', '1 while everything is paused.', ({ backlog }) => Number(backlog.paused)],
];

/** Asked of the store whenever somebody scrapes. While it does not answer they are absent, and `riposte_store_up` is 0. */
export function addStoreGauges(
  registry: Registry,
  read: () => Promise<Standing>,
  failed: (error: unknown) => void,
  sharedMs = keptMs,
): void {
  const look = shareAnswer(async () => {
    try {
      return await read();
    } catch (error) {
      failed(error);
      return null;
    }
  }, sharedMs);
  const registers = [registry];
  new Gauge({
    name: 'riposte_store_up',
    help: '1 while the database answers.',
    registers,
    async collect() {
      this.set(Number((await look()) !== null));
    },
  });
  for (const [name, help, value] of gauges)
    new Gauge({
      name: `riposte_${name}`,
      help: `${help} Counted up to 1,000, the same in every process.`,
      registers,
      async collect() {
        const standing = await look();
        const found = standing === null ? null : value(standing);
        // Not zero: nobody has looked.
        if (found === null) this.remove();
        else this.set(found);
      },
    });
  new Gauge({
    name: 'riposte_runs_open',
    help: 'Runs that have not ended, by state. Counted up to 1,000, the same in every process.',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      this.reset();
      const standing = await look();
      for (const [state, count] of Object.entries(standing?.backlog.runs ?? {})) this.set({ state }, count);
    },
  });
}
