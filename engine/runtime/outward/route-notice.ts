import { destinationOf, mailSystem, objectionToDestination } from '../../core/approval/destination.ts';
import type { Action, ActionOutcome, Connection, Notice } from '../../core/contracts/action.ts';
import { cleanOutcome } from '../clean-outcome.ts';
import { guardHttp } from '../http/guard-http.ts';
import { hideSecrets } from '../http/hide-secrets.ts';
import { noImap } from '../imap/no-imap.ts';
import { guardLdap, hideInLdap } from '../ldap/guard-ldap.ts';
import { type NoticeParts, tellTimeoutMs } from './notice-parts.ts';
import { sendMail } from './send-mail.ts';

/** A notice with the name that is the same for all its tries. */
export interface Telling extends Notice {
  key: string;
}

export type NoticeRoute =
  | {
      ok: true;
      to: string;
      connection: Connection;
      send(telling: Telling, check: () => void): Promise<ActionOutcome>;
    }
  | { ok: false; objection: string };

/** From `chat:soc-approvals` to the connection and the action that tells people there. */
export function routeOf(parts: NoticeParts, destination: string): NoticeRoute {
  const { registry, connections } = parts;
  const tellers = new Map(
    [...registry.values()].flatMap((action) =>
      action.tell === undefined ? [] : [[action.manifest.key.split('.')[0] ?? '', action] as const],
    ),
  );
  const bySystem = new Map<string, string[]>();
  for (const { system, id } of connections) bySystem.set(system, [...(bySystem.get(system) ?? []), id]);
  const objection = objectionToDestination(destination, new Set(tellers.keys()), bySystem);
  const found = destinationOf(destination);
  if (objection !== null || found === null) return { ok: false, objection: objection ?? 'it cannot be read' };
  const connection = connections.find(
    ({ system, id }) => system === found.system && id === (found.connection ?? id),
  );
  if (connection === undefined) return { ok: false, objection: 'its connection is gone' };
  const { to } = found;
  if (found.system === mailSystem) {
    const messageId = (key: string) => `<${key}@${parts.host}>`;
    return {
      ok: true,
      to,
      connection,
      send: (telling, check) =>
        sendMail(parts.sockets, connection, { ...telling, messageId: messageId(telling.key) }, check),
    };
  }
  const action = tellers.get(found.system);
  if (action === undefined) return { ok: false, objection: 'nothing tells people there any more' };
  return {
    ok: true,
    to,
    connection,
    send: (telling, check) => tellBy(parts, action, connection, telling, check),
  };
}

const cannot: ActionOutcome = { kind: 'unknown', message: 'it cannot tell people' };

async function tellBy(
  parts: NoticeParts,
  action: Action,
  connection: Connection,
  { key, ...notice }: Telling,
  check: () => void,
): Promise<ActionOutcome> {
  const hiding = hideSecrets(parts.http);
  const context = {
    connection: hiding.watch(connection),
    http: guardHttp(hiding.http, check),
    ldap: guardLdap(hideInLdap(parts.ldap, hiding.hide), check),
    imap: noImap,
    signal: AbortSignal.timeout(tellTimeoutMs),
    actionKey: key,
    nowMs: parts.clock.nowMs,
  };
  try {
    const outcome = (await action.tell?.(context, notice)) ?? cannot;
    // What the database cannot hold would keep this notice, and all behind it, from ever being settled.
    return cleanOutcome({ of: 'action', outcome }, 'notify').reported.outcome as ActionOutcome;
  } catch (error) {
    // Only the kind of error: its text may echo what was sent.
    const name = error instanceof Error ? error.name : 'unknown error';
    return { kind: 'unknown', message: `telling broke off: ${name}` };
  }
}
