import type { EntryType } from '../contracts/entry.ts';
import type { Permission } from '../identity/rights.ts';

/*
 * What somebody who looks on can have told as it happens: that something changed, never what. Fetching it again is
 * judged like every other request, so nothing is decided here about bodies.
 */

export type LiveTopic =
  | { kind: 'approvals' }
  | { kind: 'incidents' }
  /** Emergency stops and the pause. */
  | { kind: 'stops' }
  /** One run, step by step; null: all of them, for lists. */
  | { kind: 'runs'; run: string | null }
  /** Who has this question open. It is in no log. */
  | { kind: 'presence'; approval: string };

/** As it is written. */
export type LiveTopicText =
  | 'approvals'
  | 'incidents'
  | 'runs'
  | 'stops'
  | `runs:${string}`
  | `presence:${string}`;

/** More than a page shows open. */
export const topicsMax = 20;

/** As they are written: `approvals,incidents,runs,stops` `runs:run_1` and `presence:apr_1`. The form of the text has been looked at before. */
export function readTopics(text: string): LiveTopic[] {
  return [...new Set(text.split(','))].map((topic) => {
    if (topic === 'approvals' || topic === 'incidents' || topic === 'stops') return { kind: topic };
    if (topic.startsWith('presence:')) return { kind: 'presence', approval: topic.slice('presence:'.length) };
    return { kind: 'runs', run: topic === 'runs' ? null : topic.slice('runs:'.length) };
  });
}

/** A change of something is told to those who may read it. */
export const rightOf: Readonly<Record<LiveTopic['kind'], Permission>> = {
  approvals: 'approvals.read',
  incidents: 'incidents.read',
  runs: 'runs.read',
  stops: 'stops.read',
  presence: 'approvals.read',
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

export const incidentTypes = [
  'incident.created',
  'incident.updated',
  'incident.undo-requested',
  // It may be one more of an incident, or make it more severe.
  'alert.accepted',
  'alert.updated',
] as const satisfies readonly EntryType[];

export const stopTypes = [
  'stop.set',
  'stop.clear-requested',
  'stop.clear-lapsed',
  'stop.cleared',
  'pause.set',
  'pause.lift-requested',
  'pause.lift-lapsed',
  'pause.lifted',
] as const satisfies readonly EntryType[];

/** Of which those who look on at all of them are told that there was something, and not of each by itself. */
export type LiveList = 'incidents' | 'runs' | 'stops';

export const typesOfList: Readonly<Record<LiveList, readonly EntryType[]>> = {
  incidents: incidentTypes,
  runs: runTypes,
  stops: stopTypes,
};

/** The lists that one of these topics is. */
export function listsIn(topics: readonly LiveTopic[]): LiveList[] {
  return topics.flatMap((topic) => {
    if (topic.kind === 'incidents' || topic.kind === 'stops') return [topic.kind];
    return topic.kind === 'runs' && topic.run === null ? ['runs' as const] : [];
  });
}
