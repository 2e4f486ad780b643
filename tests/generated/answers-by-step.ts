import type {
  Action,
  ActionContext,
  ActionOutcome,
  ActionRegistry,
  CheckOutcome,
} from '../../engine/core/contracts/action.ts';
import type { Answer } from '../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../schemas/json.ts';

/*
 * One world for two players: what a target answers depends on what it is asked and on nothing else, so that an
 * engine asks actions for it and a case has it written down.
 */

/** What is asked of the world: the step's own word where it carries one, the target, and how often before. */
interface Question {
  action: string;
  input: JsonObject;
  /** Attempts of the same effect before this one. */
  before: number;
}

/** What an action answers, as a case writes it. */
export function answerTo({ action, input, before }: Question, example: JsonObject): Answer {
  if (action === 'inventory.get-host') {
    const role = ['server', 'workstation', 'unknown'][digest(String(input.host_id)) % 3] ?? 'unknown';
    return { outputs: { ...example, name: String(input.host_id), role } };
  }
  const about = `${action} ${input.comment ?? input.text ?? ''} ${input.host_id ?? input.user_id ?? ''}`;
  const chosen = digest(`${about} ${before}`) % 12;
  if (action === 'chat.post-message')
    return chosen === 0
      ? { fail: 'forbidden' }
      : chosen === 1
        ? { fail: 'unavailable' }
        : { outputs: example };
  switch (chosen) {
    case 0:
      return { fail: 'forbidden' };
    case 1:
      return { outputs: example, changed: false };
    case 2:
      return { unknown: true, check: { state: 'present', outputs: example } };
    case 3:
      return { unknown: true, check: { state: 'absent' } };
    case 4:
    case 5:
      return { fail: 'unavailable' };
    case 6:
    case 7: {
      const end: Answer = chosen === 6 ? { outputs: example, changed: true } : { fail: 'target-failed' };
      return action.startsWith('edr.')
        ? { accepted: { poll_after: '10s' }, then: end }
        : { fail: 'unavailable' };
    }
    default:
      return { outputs: example, changed: true };
  }
}

/** Most questions are answered with yes; some with nothing. */
export function decisionOn(question: string): 'approve' | 'deny' | null {
  return (
    (['deny', null, 'deny', 'approve', 'approve', 'approve', 'approve'] as const)[digest(question) % 7] ??
    null
  );
}

function digest(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}

/** The catalogue with this world behind it. */
export function answeringRegistry(catalogue: ActionRegistry): ActionRegistry {
  const attempts = new Map<string, number>();
  return new Map([...catalogue].map(([key, action]) => [key, answering(key, action, attempts)]));
}

function answering(
  key: string,
  { manifest, tell, fake, check, confirm }: Action,
  attempts: Map<string, number>,
): Action {
  const [example = {}] = (manifest.output.examples ?? []) as JsonObject[];
  const lastAnswer = ({ actionKey }: ActionContext, input: JsonObject) =>
    answerTo({ action: key, input, before: (attempts.get(actionKey) ?? 1) - 1 }, example);
  const look = async (): Promise<CheckOutcome> => ({ kind: 'present', outputs: example });
  return {
    manifest,
    fake,
    ...(tell !== undefined && {
      tell: async (): Promise<ActionOutcome> => ({ kind: 'succeeded', outputs: {} }),
    }),
    ...(check !== undefined && {
      look,
      check: async (context, input): Promise<CheckOutcome> => {
        const answered = lastAnswer(context, input).check;
        const absent = answered !== undefined && !Array.isArray(answered) && answered.state === 'absent';
        return absent ? { kind: 'absent' } : { kind: 'present', outputs: example };
      },
    }),
    ...(confirm !== undefined && {
      confirm: async (context, input) => outcomeOf(lastAnswer(context, input).then ?? {}, true),
    }),
    async perform(context, input) {
      attempts.set(context.actionKey, (attempts.get(context.actionKey) ?? 0) + 1);
      return outcomeOf(lastAnswer(context, input), false);
    },
  };
}

function outcomeOf({ fail, unknown, accepted, outputs, changed }: Answer, ended: boolean): ActionOutcome {
  if (fail !== undefined) {
    const kind = fail === 'unavailable' ? 'retryable' : 'terminal';
    const failure = { code: fail, kind, message: `the target answered ${fail}` } as const;
    return { kind: 'failed', failure: ended ? { ...failure, ended } : failure };
  }
  if (unknown === true) return { kind: 'unknown', message: 'the outcome is unknown' };
  if (accepted !== undefined) return { kind: 'accepted', handle: {}, pollAfterMs: 10_000 };
  return { kind: 'succeeded', outputs: outputs as JsonObject, ...(changed !== undefined && { changed }) };
}
