import type { StepKind } from '../contracts/plan.ts';
import type { SourceMap } from './source-node.ts';

/** `unclear`: no kind, or several; somebody else reports it and nobody guesses. */
export type WrittenKind = StepKind | 'unclear';

/** The key that makes a step what it is. `if` alone is a condition; only `then` makes a block. */
export const kindKeys = {
  action: 'action',
  approval: 'approval',
  then: 'if',
  switch: 'switch',
  parallel: 'parallel',
  set: 'set',
  stop: 'stop',
  foreach: 'foreach',
  repeat: 'repeat',
  wait: 'wait',
  call: 'call',
  undo: 'undo',
} as const satisfies Record<string, WrittenKind>;

export type KindKey = keyof typeof kindKeys;

const approvalIsProperty: readonly KindKey[] = ['action', 'foreach', 'call', 'undo'];

/** The kind keys of a step, in document order. `approval` beside an action is a property of it. */
export function writtenKinds(step: SourceMap): KindKey[] {
  const found = [...step.fields.keys()].filter((key): key is KindKey => Object.hasOwn(kindKeys, key));
  const property = found.some((key) => approvalIsProperty.includes(key));
  return property ? found.filter((key) => key !== 'approval') : found;
}

export function kindOf(step: SourceMap): WrittenKind {
  const [only, ...more] = writtenKinds(step);
  return only === undefined || more.length > 0 ? 'unclear' : kindKeys[only];
}
