import type { Json } from '../../../schemas/json.ts';
import { alertView } from './alert-view.ts';
import type { IncomingEvent } from './incoming-event.ts';

/** What was sent to the address of one trigger. */
export function buildWebhookSignal(
  id: string,
  addressee: { playbookId: string; triggerId: string },
  body: Json,
  receivedAtMs: number,
): IncomingEvent {
  const type = 'webhook';
  const alert = alertView({
    id,
    source: 'webhook',
    source_id: id,
    title: `Webhook ${addressee.triggerId} of ${addressee.playbookId}`,
    category: 'webhook',
    created_at: new Date(receivedAtMs).toISOString(),
    raw: body,
  });
  return { id, type, alert, signal: { id, type, body }, mark: null, chain: 0, addressee };
}
