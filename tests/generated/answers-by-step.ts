import type {
  Action,
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

/** What is asked of the world: the step's own word where it carries one, and the target. */
interface Question {
  action: string;
  input: JsonObject;
}

/** What an action answers, as a case writes it. */
export function answerTo({ action, input }: Question, example: JsonObject): Answer {
  if (action === 'inventory.get-host') {
    const role = ['server', 'workstation', 'unknown'][digest(String(input.host_id)) % 3] ?? 'unknown';
    return { outputs: { ...example, name: String(input.host_id), role } };
  }
  switch (
    digest(`${action} ${input.comment ?? input.text ?? ''} ${input.host_id ?? input.user_id ?? ''}`) % 8
  ) {
    case 0:
      return { fail: 'forbidden' };
    case 1:
      return { outputs: example, changed: false };
    case 2:
      return action === 'chat.post-message'
        ? { outputs: example }
        : { unknown: true, check: { state: 'present', outputs: example } };
    default:
      return action === 'chat.post-message' ? { outputs: example } : { outputs: example, changed: true };
  }
}

/** Three of four questions are answered with yes. */
export function isGranted(step: string): boolean {
  return digest(step) % 4 !== 0;
}

function digest(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}

/** The catalogue with this world behind it. */
export function answeringRegistry(catalogue: ActionRegistry): ActionRegistry {
  return new Map([...catalogue].map(([key, action]) => [key, answering(key, action)]));
}

function answering(key: string, { manifest, tell, fake, check }: Action): Action {
  const [example = {}] = (manifest.output.examples ?? []) as JsonObject[];
  const present = async (): Promise<CheckOutcome> => ({ kind: 'present', outputs: example });
  return {
    manifest,
    fake,
    ...(tell !== undefined && {
      tell: async (): Promise<ActionOutcome> => ({ kind: 'succeeded', outputs: {} }),
    }),
    ...(check !== undefined && { check: present, look: present }),
    async perform(_, input) {
      const { fail, unknown, outputs, changed } = answerTo({ action: key, input }, example);
      if (fail !== undefined)
        return {
          kind: 'failed',
          failure: { code: fail, kind: 'terminal', message: `the target answered ${fail}` },
        };
      if (unknown === true) return { kind: 'unknown', message: 'the outcome is unknown' };
      return { kind: 'succeeded', outputs: outputs as JsonObject, ...(changed !== undefined && { changed }) };
    },
  };
}
