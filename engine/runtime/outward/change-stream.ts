import type { Code } from '../../../schemas/codes.ts';
import type { Actor, EntryType } from '../../core/contracts/entry.ts';
import { unknownTypes } from '../../core/outward/stream-event.ts';
import { recordAudit } from '../record-audit.ts';
import { newestLog } from '../store/queries/audit-orders.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
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
  | { kind: 'remove' | 'pause' | 'resume'; id: string }
  | { kind: 'test'; id: string };

type Answer = { ok: true; error: string | null } | { ok: false; code: Code; detail: string };

type Write = (tx: Tx, type: EntryType, data: { [name: string]: string }, code?: Code) => Promise<void>;
type Refused = Extract<Answer, { ok: false }>;

/** @returns with `error` what a test met; null for everything that was done. A refusal is an entry too. */
export async function changeStream(
  parts: StreamParts,
  change: StreamChange,
  who: { actor: Actor; requestId: string },
): Promise<Answer> {
  const write: Write = async (tx, type, data, code) => {
    const failed = data.error !== undefined || code !== undefined;
    const outcome = failed ? ('failure' as const) : ('success' as const);
    const entry = { type, ...who, outcome, data, ...(code !== undefined && { code }) };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  };
  const id = change.kind === 'create' ? change.stream.id : change.id;
  const refuse = async (tx: Tx, refused: Refused): Promise<Refused> => {
    await write(tx, 'stream.refused', { stream: id.slice(0, 63), change: change.kind }, refused.code);
    return refused;
  };
  if (change.kind === 'test') return await test(parts, id, write, refuse);
  return await parts.database.transaction(async (tx) => {
    if (change.kind === 'create') {
      const refused = await create(tx, parts, change.stream, who.actor.id);
      if (refused !== null) return refuse(tx, refused);
      // The path of an address can be a secret.
      const { url, types } = change.stream;
      await write(tx, 'stream.created', { stream: id, origin: new URL(url).origin, types: types.join(' ') });
      return { ok: true, error: null };
    }
    const { statement, type } = statements[change.kind];
    const { rowCount } = await tx.query(statement, [parts.tenant, id]);
    if (rowCount === 0) return refuse(tx, missing(id));
    await write(tx, type, { stream: id });
    return { ok: true, error: null };
  });
}

async function create(tx: Tx, parts: StreamParts, stream: NewStream, by: string): Promise<Refused | null> {
  const { id, url, types, secretName } = stream;
  const objection = objectionTo(stream);
  if (objection !== null) return { ok: false, code: 'request/invalid', detail: objection };
  // From now on: a new receiver did not ask for the years before it.
  const { rowCount } = await tx.query(
    `insert into outward_streams (tenant_id, id, kind, url, types, secret_name, created_by, log_id, position)
     select $1, $2, 'webhook', $3, $4, $5, $6, ${newestLog},
       coalesce((select size from audit_log_meta where tenant_id = $1 and log_id = ${newestLog}), 0)
     on conflict do nothing`,
    [parts.tenant, id, url, types, secretName, by],
  );
  if (rowCount === 1) return null;
  return { ok: false, code: 'request/conflict', detail: `There is a stream ${id} already.` };
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
  write: Write,
  refuse: (tx: Tx, refused: Refused) => Promise<Refused>,
): Promise<Answer> {
  const { rows } = await parts.database.query<{ url: string; secretName: string; nowMs: number }>(
    `select url, secret_name as "secretName", (extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs"
     from outward_streams where tenant_id = $1 and id = $2`,
    [parts.tenant, id],
  );
  const [stream] = rows;
  if (stream === undefined) return await parts.database.transaction((tx) => refuse(tx, missing(id)));
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

function missing(id: string): Refused {
  return { ok: false, code: 'request/not-found', detail: `There is no stream ${id}.` };
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
