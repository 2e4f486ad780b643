import type { ActionContext, Failure } from '../../engine/core/contracts/action.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../engine/core/contracts/ports.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { terminal } from '../client/fail.ts';
import { baseUrl } from '../client/read-setting.ts';
import { translateUnsent } from '../client/translate-unsent.ts';
import { credentialHeaders } from './credential.ts';
import { fillRequest, type RequestTemplate } from './fill-request.ts';
import type { HttpSystem } from './http-system.ts';

export type Answer =
  | { kind: 'answered'; response: HttpResponse }
  | { kind: 'refused'; failure: Failure }
  /** It may have arrived. */
  | { kind: 'lost' };

export interface Wanted extends RequestTemplate {
  method: HttpRequest['method'];
  headers?: { [name: string]: string };
}

/** One request to the connection's address. Headers come from the operator alone. */
export async function sendEndpoint(
  context: ActionContext,
  system: HttpSystem,
  wanted: Wanted,
  input: JsonObject,
): Promise<Answer> {
  const { connection } = context;
  const base = baseUrl(connection, 'url');
  if (!base.ok) return { kind: 'refused', failure: base.failure };
  const filled = fillRequest(base.url, wanted, input);
  if (!filled.ok)
    return {
      kind: 'refused',
      failure: terminal('invalid-request', `${system.name} is not asked: ${filled.message}.`),
    };
  const credential = await credentialHeaders(connection);
  if (!credential.ok) return { kind: 'refused', failure: credential.failure };
  const { url, body } = filled.request;
  try {
    const response = await context.http.send({
      method: wanted.method,
      url,
      headers: {
        accept: 'application/json',
        ...lowerCase(system.file.headers),
        ...lowerCase(wanted.headers),
        ...credential.headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: context.signal,
    });
    return { kind: 'answered', response };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.sent === 'maybe-sent') return { kind: 'lost' };
    return { kind: 'refused', failure: translateUnsent(context, system.name, error) };
  }
}

/** Of two spellings of one name the later one counts. */
function lowerCase(headers: { [name: string]: string } = {}): { [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
