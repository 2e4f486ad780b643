import type { WaitStep } from '../contracts/plan.ts';
import { keyOf } from '../expression/read-conjuncts.ts';
import { bareExpression, durationOf, templateOf } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import type { StepSite } from './outline.ts';
import { readDuration } from './read-duration.ts';
import { field, mapField, textField } from './source-node.ts';

type Wait = WaitStep['wait'];
type SignalWait = Extract<Wait, { for: 'signal' }>;
type SignalType = SignalWait['type'];

export function lowerWait(step: StepSite, base: StepBase, parts: LoweringParts): WaitStep {
  return { kind: 'wait', ...base, wait: waitOf(step, parts) };
}

function waitOf({ node, path }: StepSite, { source }: LoweringParts): Wait {
  const written = mapField(node, 'wait');
  if (!written) {
    const ms = readDuration(textField(node, 'wait') ?? '');
    if (ms === null) throw new Error(`step ${path} reached the lowering without a duration`);
    return { for: 'duration', ms };
  }
  const until = field(written, 'until');
  if (until) return { for: 'instant', until: templateOf(until, source) };
  const match = bareExpression(written, 'match');
  return {
    for: 'signal',
    type: (textField(written, 'for') ?? 'webhook') as SignalType,
    match,
    key: match === null ? null : belowSignal(keyOf(match, 'signal.incident.id')),
    timeoutMs: durationOf(written, 'timeout') ?? 0,
    // Silence is not an answer: whoever wants to go on without one says so.
    onTimeout: textField(written, 'on_timeout') === 'continue' ? 'continue' : 'fail',
  };
}

/** A subscription is compared with what is below `signal`. */
function belowSignal(key: SignalWait['key']): SignalWait['key'] {
  return key === null ? null : { ...key, path: key.path.slice('signal.'.length) };
}
