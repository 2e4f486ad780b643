/*
 * Instants between two lines at which losing the process must cost nothing. The engine says that it
 * passes one; nobody listens but a fault test, which ends the process there (tests/fault/points.test.ts).
 */

export const faultPoints = [
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

export type FaultPoint = (typeof faultPoints)[number];

/** Absent in an installation. Not awaited: a listener may end the process, and changes no order of anything. */
export type Pass = (point: FaultPoint) => void;
