import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Sql } from '../../engine/runtime/store/sql.ts';

/** What the runs so far have put on disk and on the wire. Differences of two readings mean something. */
export interface Written {
  /** Bytes of write-ahead log since the cluster was made. */
  walBytes: number;
  /** Tables, indexes and TOAST of the schema, without the packs: those are as large as the largest crowd was, and empty. */
  tableBytes: number;
  auditBytes: number;
  entries: number;
  pending: number;
  /** Over every socket of this process, in both directions: PostgreSQL and, if there is one, Redis. */
  networkBytes: number;
  /** Open sockets of this process: its pools, as far as they were needed. */
  connections: number;
}

const sockets = new Set<Socket>();

/** Before the first connection is opened. */
export function watchSockets(): void {
  diagnostics.subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
  });
}

export async function readWritten(sql: Sql): Promise<Written> {
  const { rows } = await sql.query<Omit<Written, 'networkBytes' | 'connections'>>(
    `select (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as "walBytes",
       (select sum(pg_total_relation_size(c.oid))::float8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'riposte' and c.relkind in ('r', 'm') and c.relname <> 'audit_pack') as "tableBytes",
       (select sum(pg_total_relation_size(c.oid))::float8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'riposte' and c.relkind = 'r' and c.relname like 'audit\\_%' and c.relname <> 'audit_pack') as "auditBytes",
       (select coalesce(sum(size), 0)::float8 from audit_log_meta) as entries,
       (select count(*)::float8 from audit_pending) as pending`,
  );
  let networkBytes = 0;
  for (const socket of sockets) networkBytes += socket.bytesRead + socket.bytesWritten;
  const [row] = rows;
  if (row === undefined) throw new Error('the database did not say what was written');
  return { ...row, networkBytes, connections: [...sockets].filter((each) => !each.destroyed).length };
}
