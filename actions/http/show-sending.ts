import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Connection, Sending } from '../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { baseUrl } from '../client/read-setting.ts';
import { fillRequest } from './fill-request.ts';
import type { NamedEndpoint } from './http-system.ts';

/*
 * What a card shows of a request, and what a yes is bound to. It becomes part of the action's arguments, so it stands
 * in the digest of what was approved; a worker that would send something else sends nothing.
 */

/** Names that no argument of an endpoint has. */
export const shownNames = ['sends', 'sends_body', 'sends_as', 'checks'];

export function showSending(
  named: NamedEndpoint,
  connection: Pick<Connection, 'id' | 'settings'>,
  input: JsonObject,
): Sending {
  const base = baseUrl(connection, 'url');
  if (!base.ok) return { ok: false, message: base.failure.message };
  const { request, check } = named.endpoint;
  const values = argumentsIn(input);
  const sent = fillRequest(base.url, request, values);
  if (!sent.ok) return sent;
  const looked = check === undefined ? null : fillRequest(base.url, check, values);
  if (looked?.ok === false) return looked;
  const { url, body } = sent.request;
  return {
    ok: true,
    shows: {
      sends: `${request.method} ${url}`,
      ...(body !== undefined && { sends_body: body }),
      ...(looked !== null && { checks: `GET ${looked.request.url}` }),
      sends_as: definitionOf(named, connection.settings),
    },
  };
}

/**
 * Why these arguments must not be sent, or null. What was shown is compared whole: the operator may have changed the
 * endpoint, its address or how it signs in since.
 */
export function objectionTo(named: NamedEndpoint, connection: Connection, input: JsonObject): string | null {
  const shown = Object.fromEntries(Object.entries(input).filter(([name]) => shownNames.includes(name)));
  // A dry run looks without having been shown anything; nothing else goes out unseen.
  if (Object.keys(shown).length === 0)
    return named.endpoint.class === 'read'
      ? null
      : 'nobody was shown what it is; the process that decided needs the same RIPOSTE_CONNECTIONS.';
  const now = showSending(named, connection, input);
  if (!now.ok) return `${now.message}.`;
  if (isDeepStrictEqual(now.shows, shown)) return null;
  return `its definition, or its connection "${connection.id}", was changed after it was judged; run it again.`;
}

/**
 * Why the state must not be looked at, or null: it has to be where it was when it was judged. How an answer from there is
 * read may have been put right since.
 */
export function objectionToLook(
  named: NamedEndpoint,
  connection: Connection,
  input: JsonObject,
): string | null {
  const now = showSending(named, connection, input);
  if (!now.ok) return `${now.message}.`;
  if (now.shows.checks === input.checks) return null;
  return `its connection "${connection.id}" leads elsewhere by now, or it is looked at in another place.`;
}

export function argumentsIn(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !shownNames.includes(name)));
}

/** Everything that decides what goes out and what its answer means; secrets and words for people have no part in it. */
function definitionOf(
  { system, name, endpoint }: NamedEndpoint,
  settings: { [name: string]: string },
): string {
  const { title, description, effectSentence, byHand, docs, timeoutMs, ...deciding } = endpoint;
  const own = Object.entries(settings)
    // Where the file lies is each machine's own.
    .filter(([key]) => key !== 'endpoints')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([system.name, name, system.file.headers ?? {}, deciding, own]);
  return `sha256:${createHash('sha256').update('riposte-endpoint/v1\n').update(text).digest('hex')}`;
}
