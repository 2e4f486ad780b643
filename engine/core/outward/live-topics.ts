import type { EntryType } from '../contracts/entry.ts';
import type { Permission } from '../identity/rights.ts';

/*
 * What somebody who looks on can have told as it happens: that something changed, never what. Fetching it again is
 * judged like every other request, so nothing is decided here about bodies.
 */

export type LiveTopic = { kind: 'approvals' } | { kind: 'runs'; run: string };

/** More than a page shows open; whoever follows all runs reads the list. */
export const topicsMax = 20;

/** As they are written: `approvals,runs:run_1`. The form of the text has been looked at before. */
export function readTopics(text: string): LiveTopic[] {
  return [...new Set(text.split(','))].map((topic) =>
    topic === 'approvals' ? { kind: 'approvals' } : { kind: 'runs', run: topic.slice('runs:'.length) },
  );
}

/** A change of something is told to those who may read it. */
export const rightOf: Readonly<Record<LiveTopic['kind'], Permission>> = {
  approvals: 'approvals.read',
  runs: 'runs.read',
};

/** By name: what people tried in vain and who was told what is for readers of the log. */
export const approvalTypes = [
  'approval.requested',
  'approval.joined',
  'approval.viewed',
  'approval.voted',
  'approval.withdrawn',
  'approval.break-glass',
  'approval.break-glass-reviewed',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.superseded',
  'approval.escalated',
  'approval.extended',
  'approval.resumed',
  'approval.voided',
  'approval.edited',
  'approval.not-asked',
] as const satisfies readonly EntryType[];

export const runTypes = [
  'run.started',
  'run.queued',
  'run.attached',
  'run.finished',
  'run.cancel-requested',
  'run.restarted',
  'run.undoing',
  'run.undo-requested',
  'run.undo-finished',
  'step.skipped',
  'step.succeeded',
  'step.failed',
  'step.denied',
  'step.cancelled',
  'action.rendered',
  'action.attempted',
  'action.taken-back',
  'action.accepted',
  'action.succeeded',
  'action.failed',
  'action.unknown',
  'action.reconciled',
  'action.simulated',
  'action.held',
  'action.released',
  'action.lease-lost',
  'loop.started',
  'loop.finished',
  'wait.started',
  'wait.ended',
  'child.started',
  'child.finished',
  'hold.added',
  'hold.released',
  'undo.recorded',
  'undo.planned',
  'undo.settled',
  'undo.target-changed',
  'undo.left-as-is',
  'lease.started',
  'lease.stuck',
  'lease.ended',
  'lease.kept',
  'lease.renewed',
  'task.opened',
  'task.asked',
  'task.unsettled',
  'task.answered',
  'task.settled',
  ...approvalTypes,
] as const satisfies readonly EntryType[];
