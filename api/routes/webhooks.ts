import type { Json } from '../../schemas/json.ts';
import { accepted, Problem, signInFirst } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { anything, flag, object, text as textSchema } from '../openapi/schema-words.ts';

/** What a sender calls its message (Standard Webhooks), so that a repeat is told from a second one. */
function messageIdOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (!/^[\x21-\x7e]{1,256}$/.test(header))
    throw new Problem('request/invalid', 'webhook-id takes 1 to 256 visible ASCII characters.');
  return header;
}

/** When the sender says that it sent it: whole seconds since 1970, and nothing that merely begins so. */
function sentAtOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (!/^[0-9]{1,12}$/.test(header))
    throw new Problem('request/invalid', 'webhook-timestamp takes whole seconds since 1970.');
  return Number(header) * 1_000;
}

/** Refusals by which whoever plays back a recording would learn more than whoever makes one up. */
const untold: ReadonlySet<string> = new Set(['auth/stale-message', 'request/not-found']);

export const webhookRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/webhooks/{playbook}/{trigger}',
    operationId: 'sendWebhook',
    summary:
      'Start what one webhook trigger starts. `webhook-id` tells a repeat, `webhook-timestamp` what is too old; of a trigger that has a secret, `webhook-signature` who sent it.',
    permission: 'webhooks.send',
    signable: true,
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: anything,
    },
    answers: {
      202: {
        description: 'Durable; matching follows. A repeat gets the id of the first.',
        schema: object({ id: textSchema, duplicate: flag }),
      },
    },
    async handle({ caller, params, body, header, once }, { useCases, identity }) {
      const { playbook = '', trigger = '' } = params;
      const signed = caller.signed === true;
      const received = await useCases.receiveWebhook(caller, {
        playbookId: playbook,
        triggerId: trigger,
        body: body as Json,
        // A name with a blank in it is none that a sender can choose.
        messageId: messageIdOf(header('webhook-id')) ?? (once === null ? null : `once ${once}`),
        sentAtMs: sentAtOf(header('webhook-timestamp')),
        signed,
      });
      if (signed && !(received.ok && !received.duplicate)) {
        const { id, channel, requestId } = caller;
        await identity.noteSigned(
          { actor: { kind: 'source', id, channel }, requestId },
          {
            playbook,
            trigger,
            ...(received.ok
              ? { code: null, reason: `taken as ${received.signalId}` }
              : { code: received.code, reason: received.detail }),
          },
        );
      }
      if (signed && !received.ok && untold.has(received.code)) throw signInFirst();
      const { signalId, duplicate } = accepted(received);
      return { status: 202, body: { id: signalId, duplicate } };
    },
  },
];
