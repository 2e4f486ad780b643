import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import { HttpFailure, type HttpResponse } from '../../../engine/core/contracts/ports.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';
import { translateStatus } from '../../client/translate-status.ts';
import { translateUnsent } from '../../client/translate-unsent.ts';
import { buildCard } from './build-card.ts';
import { findWebhook } from './find-webhook.ts';

/** No `check`: a workflow cannot be asked what it posted, so an unknown outcome stays one for a person to judge. */
export async function performPostMessage(context: ActionContext, input: JsonObject): Promise<ActionOutcome> {
  return await postCard(context, input, buildCard(textArgument(input, 'text')));
}

/** @param destination `channel` or `user` */
export async function postCard(
  context: ActionContext,
  destination: JsonObject,
  card: JsonObject,
): Promise<ActionOutcome> {
  const webhook = await findWebhook(context.connection, destination);
  if (!webhook.ok) return failed(webhook.failure);
  let response: HttpResponse;
  try {
    response = await context.http.send({
      method: 'POST',
      url: webhook.url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(card),
      signal: context.signal,
    });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.sent === 'maybe-sent') {
      return {
        kind: 'unknown',
        message: 'The chat webhook did not answer: the message may have been posted.',
      };
    }
    return failed(translateUnsent(context, 'The chat webhook', error));
  }
  const { status } = response;
  if (status >= 200 && status <= 299)
    return { kind: 'succeeded', outputs: { accepted: true }, changed: true };
  if (status >= 400 && status <= 499 && status !== 408) {
    return failed(translateStatus(response, 'The chat webhook', context.nowMs()));
  }
  return {
    kind: 'unknown',
    message: `The chat webhook answered ${status}: the message may have been posted.`,
  };
}
