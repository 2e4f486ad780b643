import type { Action } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';

/** Told when a step reaches its target: the ticket of the alert, and 1, 2 or 3. */
export type WatchEffect = (ticket: string, step: number) => void;

/**
 * An action without an effect: what is left is the engine. Its output is what the next step is given,
 * so a step cannot run before the result of the one before it was read back.
 */
export function benchAction(watch: WatchEffect): Action {
  const outputsOf = (input: JsonObject): JsonObject => ({
    ticket: String(input.ticket),
    next: Number(input.step) + 1,
  });
  return {
    manifest: {
      key: 'bench.no-op',
      version: '1.0.0',
      title: 'Do nothing',
      description: 'Touches nothing; registered by the benchmark only.',
      class: 'notify',
      input: {
        type: 'object',
        additionalProperties: false,
        required: ['ticket', 'step'],
        properties: {
          ticket: { type: 'string', minLength: 1, maxLength: 80 },
          step: { type: 'integer', minimum: 1, maximum: 3 },
        },
      },
      output: {
        type: 'object',
        required: ['ticket', 'next'],
        properties: { ticket: { type: 'string' }, next: { type: 'integer' } },
        examples: [{ ticket: 'a', next: 2 }],
      },
      effectSentence: 'Nothing happens.',
      idempotent: 'native',
      inverse: { kind: 'not-needed' },
      secrets: [],
      permissions: [],
      failureCodes: [],
      timeoutMs: 30_000,
      docs: [],
    },
    async perform(_context, input) {
      watch(String(input.ticket), Number(input.step));
      return { kind: 'succeeded', outputs: outputsOf(input) };
    },
    fake: outputsOf,
  };
}
