/*
 * Instants between two lines at which losing the process must cost nothing. The engine says that it
 * passes one; nobody listens but a fault test, which ends the process there (tests/fault/points.test.ts).
 */

/** What a run passes, and the entries of a log that nobody ordered anything about. */
export const runPoints = [
  'advance.locked',
  'advance.decided',
  'advance.before-commit',
  'advance.committed',
  'gather.before-answer',
  'dispatch.taken',
  'dispatch.sent',
  'perform.before-claim-commit',
  'perform.claimed',
  'perform.before-send',
  'perform.answered',
  'perform.before-report',
  'perform.reported',
  'settle.voted',
  'settle.ended',
  'settle.committed',
  'lease.warned',
  'lease.before-commit',
  'lease.committed',
  'undo.claimed',
  'undo.before-commit',
  'undo.committed',
  'seal.before-commit',
  'seal.committed',
  'seal.signed',
  'seal.kept',
] as const;

/** What an order about the log passes: `step` is every wait within the transaction that does it. */
export const orderPoints = [
  'key.drafted',
  'key.named',
  'incarnation.key-made',
  'incarnation.step',
  'incarnation.begun',
  'own.step',
  'own.sealed',
  'truncate.step',
  'truncate.raised',
  'truncate.cleared',
  'place.step',
  'place.given-up',
] as const;

/** What a person's answer about an unknown outcome passes. */
export const taskPoints = [
  'answer.found',
  'answer.locked',
  'answer.judged',
  'answer.settled',
  'answer.committed',
] as const;

/** What a batch of rows that goes passes. */
export const retentionPoints = ['retention.deleted', 'retention.committed'] as const;

export const faultPoints = [...runPoints, ...orderPoints, ...taskPoints, ...retentionPoints] as const;

export type FaultPoint = (typeof faultPoints)[number];

/** Absent in an installation. Not awaited: a listener may end the process, and changes no order of anything. */
export type Pass = (point: FaultPoint) => void;
