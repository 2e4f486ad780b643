import { dyn, type ValueType } from '../expression/value-type.ts';
import { closed, open } from './name-types.ts';
import { signalType } from './signal-types.ts';

/** Fields of `steps.<id>` (7.2) that are alike whether a step is read off the text or off the plan. */

const text: ValueType = { t: 'string' };
const whole: ValueType = { t: 'int' };

/** What every step has. */
export function stepFields(outputs: ValueType): { [name: string]: ValueType } {
  return {
    status: text,
    outputs,
    failure: open({ code: text, kind: text, message: text }),
    attempts: whole,
    started_at: dyn,
    finished_at: dyn,
    approval: closed({ outcome: text, by: dyn, comment: dyn, decided_at: dyn }),
    denial: closed({ by: text, reason: text }),
  };
}

/** What a `foreach` has besides. */
export function loopFields(outputsOfItem: ValueType): { [name: string]: ValueType } {
  const item = closed({ key: text, status: text, outputs: outputsOfItem });
  return {
    items: { t: 'list', of: item },
    summary: summaryType,
    collected: { t: 'list', of: dyn },
  };
}

const summaryType: ValueType = closed({
  total: whole,
  succeeded: whole,
  failed: whole,
  denied: whole,
  skipped: whole,
  cancelled: whole,
});

/** `signal`: the type that is waited for, if one is. */
export function outputsOfWait(signal: string | null): ValueType {
  return closed({ ...(signal === null ? {} : { signal: signalType(signal) }), timed_out: { t: 'bool' } });
}
