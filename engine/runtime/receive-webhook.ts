import type { Code } from '../../schemas/codes.ts';
import type { SignalId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { buildWebhookSignal } from '../core/intake/build-webhook-signal.ts';
import { findUnstorable } from '../core/intake/find-unstorable.ts';
import { emitSignal } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { lockKey } from './store/queries/crowd-control.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { findWebhook, hasWebhook } from './store/queries/webhooks.ts';

export interface WebhookInput {
  playbookId: string;
  triggerId: string;
  body: Json;
  /** What the sender calls the message (`webhook-id`); the same again within a day is the same one. */
  messageId: string | null;
  actor: Actor;
  requestId: string;
}

type Received =
  | { ok: true; signalId: string; duplicate: boolean }
  | { ok: false; code: Code; detail: string };

/** From here nothing is lost: the signal and its entry are one commit, and the answer comes after it. */
export async function receiveWebhook(parts: EngineParts, input: WebhookInput): Promise<Received> {
  const unstorable = findUnstorable(input.body);
  if (unstorable !== null) {
    const detail = `${unstorable.pointer || 'the body'} ${unstorable.message}`;
    return { ok: false, code: 'request/invalid', detail };
  }
  let mail: ScopeName[] = [];
  const received = await parts.database.transaction<Received>(
    async (tx) => {
      mail = [];
      const { playbookId, triggerId, messageId } = input;
      if (!(await hasWebhook(tx, parts.tenant, playbookId, triggerId))) {
        const detail = `"${playbookId}" has no webhook trigger "${triggerId}"`;
        return { ok: false, code: 'request/not-found', detail };
      }
      if (messageId !== null) {
        await lockKey(tx, parts.tenant, `webhook/${playbookId}/${triggerId}/${messageId}`);
        const earlier = await findWebhook(tx, parts.tenant, playbookId, triggerId, messageId);
        if (earlier !== null) return { ok: true, signalId: earlier, duplicate: true };
      }
      const id: SignalId = parts.mint('SignalId');
      const nowMs = await databaseNowMs(tx);
      const event = buildWebhookSignal(id, { playbookId, triggerId }, input.body, nowMs);
      const origin = { alertId: null, incidentId: null, causedBy: input.actor.id, sourceKey: messageId };
      mail = await emitSignal(tx, parts, event, origin);
      const entry = {
        type: 'webhook.accepted' as const,
        actor: input.actor,
        requestId: input.requestId,
        data: { playbook: playbookId, trigger: triggerId, signal: id },
      };
      await recordAudit(tx, parts.tenant, nowMs, [entry], parts.mint);
      return { ok: true, signalId: id, duplicate: false };
    },
    { retries: 3 },
  );
  if (received.ok) parts.afterCommit({ entries: true, mail });
  return received;
}
