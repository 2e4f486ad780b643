import type { Code } from '../../schemas/codes.ts';
import type { SignalId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { buildWebhookSignal } from '../core/intake/build-webhook-signal.ts';
import { findUnstorable } from '../core/intake/find-unstorable.ts';
import { emitSignals } from './emit-signal.ts';
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
  /** When the sender says that it sent it (`webhook-timestamp`). */
  sentAtMs: number | null;
  /**
   * It came with a signature instead of a token, so anybody can have recorded it: the caller counts what is refused
   * and what is repeated, which each would be an entry otherwise.
   */
  signed?: boolean;
  actor: Actor;
  requestId: string;
}

type Refused = { ok: false; code: Code; detail: string };
type Received = { ok: true; signalId: string; duplicate: boolean } | Refused;

/** Either way, as Standard Webhooks has it: a sender's clock may be wrong, and a recording may be old. */
const toleranceMs = 5 * 60_000;

/** From here nothing is lost: the signal and its entry are one commit, and the answer comes after it. */
export async function receiveWebhook(parts: EngineParts, input: WebhookInput): Promise<Received> {
  let mail: ScopeName[] = [];
  const received = await parts.database.transaction<Received>(
    async (tx) => {
      mail = [];
      const { playbookId, triggerId, messageId } = input;
      const nowMs = await databaseNowMs(tx);
      const note = async (
        type: 'webhook.accepted' | 'webhook.duplicate' | 'webhook.refused',
        more: { code?: Code; reason?: string; data?: { signal: string } } = {},
      ) => {
        const data = { playbook: playbookId, trigger: triggerId, ...more.data };
        const entry = { type, actor: input.actor, requestId: input.requestId, ...more, data };
        await recordAudit(tx, parts.tenant, nowMs, [entry], parts.mint);
      };
      const refuse = async (code: Code, detail: string): Promise<Refused> => {
        if (input.signed !== true) await note('webhook.refused', { code, reason: detail });
        return { ok: false, code, detail };
      };
      // First: what is too old says so whatever it holds.
      if (input.sentAtMs !== null && Math.abs(nowMs - input.sentAtMs) > toleranceMs)
        return refuse('auth/stale-message', 'webhook-timestamp is more than five minutes from now');
      const unstorable = findUnstorable(input.body);
      if (unstorable !== null)
        return refuse('request/invalid', `${unstorable.pointer || 'the body'} ${unstorable.message}`);
      if (!(await hasWebhook(tx, parts.tenant, playbookId, triggerId)))
        return refuse('request/not-found', `"${playbookId}" has no webhook trigger "${triggerId}"`);
      if (messageId !== null) {
        await lockKey(tx, parts.tenant, `webhook/${playbookId}/${triggerId}/${messageId}`);
        const earlier = await findWebhook(tx, parts.tenant, playbookId, triggerId, messageId, input.body);
        if (earlier?.same === false)
          return refuse('request/message-changed', `"${messageId}" came before and said something else`);
        if (earlier !== null) {
          if (input.signed !== true) await note('webhook.duplicate', { data: { signal: earlier.id } });
          return { ok: true, signalId: earlier.id, duplicate: true };
        }
      }
      const id: SignalId = parts.mint('SignalId');
      const event = buildWebhookSignal(id, { playbookId, triggerId }, input.body, nowMs);
      const origin = { alertId: null, incidentId: null, causedBy: input.actor.id, sourceKey: messageId };
      mail = await emitSignals(tx, parts, [{ event, origin }]);
      await note('webhook.accepted', { data: { signal: id } });
      return { ok: true, signalId: id, duplicate: false };
    },
    { retries: 3 },
  );
  parts.afterCommit({ entries: true, mail });
  return received;
}
