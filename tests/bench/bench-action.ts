import type { Action } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';

/** Told when a step reaches its target: the ticket of the alert, and 1, 2 or 3. */
export type WatchEffect = (ticket: string, step: number) => void;

/**
 * Actions without an effect, by key: what is left is the engine. Their output is what the next step is given,
 * so a step cannot run before the result of the one before it was read back.
 */
export function benchActions(watch: WatchEffect): Map<string, Action> {
  const outputsOf = (input: JsonObject): JsonObject => ({
    ticket: String(input.ticket),
    next: Number(input.step) + 1,
  });
  const required = ['ticket', 'step'];
  const properties = {
    ticket: { type: 'string', minLength: 1, maxLength: 80 },
    step: { type: 'integer', minimum: 1, maximum: 3 },
  };
  const doNothing: Action = {
    manifest: {
      key: 'bench.no-op',
      version: '1.0.0',
      title: 'Do nothing',
      description: 'Touches nothing; registered by the benchmark only.',
      class: 'notify',
      input: {
        type: 'object',
        additionalProperties: false,
        required,
        properties,
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
  const onHost = {
    type: 'object',
    additionalProperties: false,
    required: ['host_id', ...required],
    properties: { host_id: { type: 'string', minLength: 1, maxLength: 128 }, ...properties },
  };
  const target = { argument: 'host_id', kind: 'host' } as const;
  const byHand = 'Nowhere: there is no such host.';
  const hold: Action = {
    ...doNothing,
    async perform(context, input) {
      return { ...(await doNothing.perform(context, input)), changed: true };
    },
    manifest: {
      ...doNothing.manifest,
      key: 'bench.hold-host',
      title: 'Hold a host',
      class: 'contain',
      input: onHost,
      target,
      effect: 'bench-held',
      effectSentence: '{name} counts as held.',
      inverse: {
        kind: 'action',
        action: 'bench.let-host-go',
        arguments: { host_id: 'host_id', ticket: 'ticket', step: 'step' },
      },
      byHand,
    },
  };
  const letGo: Action = {
    ...doNothing,
    manifest: {
      ...doNothing.manifest,
      key: 'bench.let-host-go',
      title: 'Let a host go',
      class: 'restore',
      input: onHost,
      target,
      effectSentence: '{name} does not count as held any more.',
      byHand,
    },
  };
  return new Map([doNothing, hold, letGo].map((action) => [action.manifest.key, action]));
}
