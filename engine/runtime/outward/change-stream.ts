import type { Code } from '../../../schemas/codes.ts';
import type { Actor, EntryType } from '../../core/contracts/entry.ts';
import { unknownTypes } from '../../core/outward/stream-event.ts';
import { recordAudit } from '../record-audit.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import { newestLog } from '../store/queries/outward-streams.ts';
import type { Tx } from '../store/sql.ts';
import type { StreamParts } from './keep-streams.ts';
import { sendEvent } from './send-event.ts';

export interface NewStream {
  id: string;
  url: string;
  types: readonly string[];
  secretName: string;
}

export type StreamChange =
  | { kind: 'create'; stream: NewStream }
  | { kind: 'remove' | 'pause' | 'resume' | 'test'; id: string };

type Answer = { ok: true; error: string | null } | { ok: false; code: Code; detail: string };

/** @returns with `error` what a test met; null for everything that was done */
export async function changeStream(
  parts: StreamParts,
  change: StreamChange,
  who: { actor: Actor; requestId: string },
): Promise<Answer> {
  const write = async (tx: Tx, type: EntryType, data: { [name: string]: string }) => {
    const entry = { type, ...who, outcome: data.error === undefined ? 'success' : 'failure', data } as const;
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  };
  if (change.kind === 'create') {
    const { id, url, types, secretName } = change.stream;
    const objection = objectionTo(change.stream);
    if (objection !== null) return { ok: false, code: 'request/invalid', detail: objection };
    return await parts.database.transaction(async (tx) => {
      // From now on: a new receiver did not ask for the years before it.
      const { rowCount } = await tx.query(
        `insert into outward_streams (tenant_id, id, kind, url, types, secret_name, created_by, log_id, position)
         select $1, $2, 'webhook', $3, $4, $5, $6, ${newestLog},
           coalesce((select size from audit_log_meta where tenant_id = $1 and log_id = ${newestLog}), 0)
         on conflict do nothing`,
        [parts.tenant, id, url, types, secretName, who.actor.id],
      );
      if (rowCount === 0)
        return { ok: false, code: 'request/conflict', detail: `There is a stream ${id} already.` } as const;
      // The path of an address can be a secret.
      await write(tx, 'stream.created', { stream: id, origin: new URL(url).origin, types: types.join(' ') });
      return { ok: true, error: null } as const;
    });
  }
  if (change.kind === 'test') return await test(parts, change.id, write);
  const { statement, type } = statements[change.kind];
  return await parts.database.transaction(async (tx) => {
    const { rowCount } = await tx.query(statement, [parts.tenant, change.id]);
    if (rowCount === 0) return missing(change.id);
    await write(tx, type, { stream: change.id });
    return { ok: true, error: null } as const;
  });
}

/** Raising the fence takes the stream away from an engine that is sending for it. */
const statements = {
  remove: {
    statement: 'delete from outward_streams where tenant_id = $1 and id = $2',
    type: 'stream.removed',
  },
  pause: {
    statement: 'update outward_streams set paused = true, fence = fence + 1 where tenant_id = $1 and id = $2',
    type: 'stream.paused',
  },
  resume: {
    statement:
      'update outward_streams set paused = false, next_try_at = clock_timestamp() where tenant_id = $1 and id = $2',
    type: 'stream.resumed',
  },
} as const;

async function test(
  parts: StreamParts,
  id: string,
  write: (tx: Tx, type: EntryType, data: { [name: string]: string }) => Promise<void>,
): Promise<Answer> {
  const { rows } = await parts.database.query<{ url: string; secretName: string; nowMs: number }>(
    `select url, secret_name as "secretName", (extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs"
     from outward_streams where tenant_id = $1 and id = $2`,
    [parts.tenant, id],
  );
  const [stream] = rows;
  if (stream === undefined) return missing(id);
  const message = `test_${parts.mint('EntryId')}`;
  const event = {
    type: 'stream.test',
    id: message,
    time: new Date(stream.nowMs).toISOString(),
    data: { stream: id },
  };
  const error = await sendEvent(parts, stream, { id: message, nowMs: stream.nowMs, event });
  await parts.database.transaction((tx) =>
    write(tx, 'stream.tested', { stream: id, ...(error !== null && { error }) }),
  );
  return { ok: true, error };
}

function missing(id: string) {
  return { ok: false, code: 'request/not-found', detail: `There is no stream ${id}.` } as const;
}

function objectionTo({ url, types }: NewStream): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
    return '"url" is not an address such as https://siem.example.org/hook.';
  if (parsed.username !== '' || parsed.password !== '')
    return '"url" must not carry a user name or password.';
  const unknown = unknownTypes(types);
  return unknown.length === 0 ? null : `No entry has the type ${unknown.join(', ')}.`;
}
