import type { ActionContext, ActionOutcome } from '../../engine/core/contracts/action.ts';
import type { HttpResponse } from '../../engine/core/contracts/ports.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { failed, retryable, terminal } from '../client/fail.ts';
import { translateAbort } from '../client/translate-abort.ts';
import { translateStatus } from '../client/translate-status.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { keyOf, type NamedEndpoint } from './http-system.ts';
import { readAnswer } from './read-answer.ts';
import { sendEndpoint } from './send-endpoint.ts';
import { argumentsIn, objectionTo } from './show-sending.ts';

/** Sends it once. A lost answer of anything but a read is `unknown`: only the system can tell. */
export async function performEndpoint(
  named: NamedEndpoint,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const { endpoint } = named;
  const objection = objectionTo(named, context.connection, input);
  if (objection !== null)
    return failed(terminal('invalid-request', `${keyOf(named)} is not sent: ${objection}`));
  const looked = endpoint.idempotent === 'check-then-act' ? await checkEndpoint(named, context, input) : null;
  if (looked?.kind === 'present') return { kind: 'succeeded', outputs: looked.outputs, changed: false };
  if (looked?.kind === 'unknown')
    return failed(
      translateAbort(context) ?? retryable('unavailable', `${keyOf(named)} is not sent: ${looked.message}`),
    );
  const answer = await sendEndpoint(context, named.system, requestOf(named, context), argumentsIn(input));
  if (answer.kind === 'refused') return failed(answer.failure);
  if (answer.kind === 'lost') return lost(named, context);
  const outcome = judge(named, context, answer.response);
  // Of an answer such as 409 that counts as well, nobody knows whether it was this request: an undo then asks.
  const isOurs = looked !== null && answer.response.status <= 299;
  return isOurs && outcome.kind === 'succeeded' ? { ...outcome, changed: true } : outcome;
}

function requestOf(
  { endpoint }: NamedEndpoint,
  { actionKey }: ActionContext,
): NamedEndpoint['endpoint']['request'] {
  const { request, idempotencyHeader } = endpoint;
  if (idempotencyHeader === undefined) return request;
  return { ...request, headers: { ...request.headers, [idempotencyHeader]: actionKey } };
}

function lost({ system, endpoint }: NamedEndpoint, context: ActionContext): ActionOutcome {
  if (endpoint.class !== 'read')
    return { kind: 'unknown', message: `${system.name} did not answer: the request may have arrived.` };
  return failed(translateAbort(context) ?? retryable('timeout', `${system.name} did not answer in time.`));
}

function judge(
  { system, endpoint }: NamedEndpoint,
  context: ActionContext,
  response: HttpResponse,
): ActionOutcome {
  const { status } = response;
  const isRead = endpoint.class === 'read';
  if (isExpected(endpoint.expect, status)) {
    const reading = readAnswer(endpoint, response);
    if (reading.ok) return { kind: 'succeeded', outputs: reading.outputs };
    const message = `${system.name} answered ${status} without "${reading.missing}" as it is described.`;
    return failed(terminal('invalid-response', message));
  }
  const refused = status >= 400 && status <= 499 && status !== 408;
  if (isRead || refused) return failed(translateStatus(response, system.name, context.nowMs()));
  return { kind: 'unknown', message: `${system.name} answered ${status} after the request was sent.` };
}

export function isExpected(expect: readonly number[] | undefined, status: number): boolean {
  return expect === undefined ? status >= 200 && status <= 299 : expect.includes(status);
}
