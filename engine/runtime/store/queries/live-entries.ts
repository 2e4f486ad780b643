import type { TenantId } from '../../../../schemas/ids.ts';
import { readEntry } from '../../../core/audit/read-entry.ts';
import { asksPeople } from '../../../core/contracts/entry.ts';
import type { LiveEntry } from '../../../core/outward/live-event.ts';
import type { LivePoint } from '../../../core/outward/live-point.ts';
import { approvalTypes, type LiveList, runTypes, typesOfList } from '../../../core/outward/live-topics.ts';
import type { Sql } from '../sql.ts';

/** The newest log and how far it is sealed. */
export interface LiveHead extends LivePoint {
  log: string;
}

export async function readLiveHead(sql: Sql, tenant: TenantId): Promise<LiveHead> {
  const { rows } = await sql.query<LiveHead>(
    `select incarnation, log_id as log, size as next from audit_log_meta where tenant_id = $1
     order by incarnation desc limit 1`,
    [tenant],
  );
  // Before anything is sealed: the first log begins there.
  return rows[0] ?? { incarnation: 1, log: '', next: 0 };
}

interface Row {
  index: number;
  type: string;
  run: string | null;
  entry: Uint8Array | null;
}

/** Entries of 16 KiB at the most: 16 MB. */
const rowsMax = 1_000;
const rangeMax = 10_000;

/**
 * What changed between two places of a log, questions and these runs, in the order of the log; of each of these lists
 * the last.
 * @returns with the first entry that was not read; that is `to` unless there is more
 */
export async function readLiveEntries(
  sql: Sql,
  tenant: TenantId,
  log: string,
  {
    from,
    to,
    runs,
    lists,
  }: { from: number; to: number; runs: readonly string[]; lists: readonly LiveList[] },
): Promise<{ entries: LiveEntry[]; next: number }> {
  const end = Math.min(to, from + rangeMax);
  const { rows } = await sql.query<Row>(
    `select idx as index, type, run_id as run, case when type = any($5) then entry end as entry from audit_log
     where tenant_id = $1 and log_id = $2 and idx >= $3 and idx < $4
       and (type = any($5) or (run_id = any($6) and type = any($7)))
     order by idx limit ${rowsMax}`,
    [tenant, log, from, end, approvalTypes, runs, runTypes],
  );
  const full = rows.length === rowsMax ? rows.at(-1) : undefined;
  const next = full === undefined ? end : full.index + 1;
  const entries = await namingQuestions(sql, tenant, rows);
  for (const list of lists) {
    const last = await lastOf(sql, tenant, log, { from, next, list });
    const read = entries.find(({ index }) => index === last?.index);
    // No type is of two lists, so none of these is the last of another one already.
    if (read !== undefined) read.list = list;
    else if (last !== null) entries.push(last);
  }
  return { entries: entries.sort((a, b) => a.index - b.index), next };
}

/** Null where nothing of it is between these places. */
async function lastOf(
  sql: Sql,
  tenant: TenantId,
  log: string,
  { from, next, list }: { from: number; next: number; list: LiveList },
): Promise<LiveEntry | null> {
  const { rows } = await sql.query<{ index: number; type: string }>(
    `select idx as index, type from audit_log
     where tenant_id = $1 and log_id = $2 and idx >= $3 and idx < $4 and type = any($5)
     order by idx desc limit 1`,
    [tenant, log, from, next, typesOfList[list]],
  );
  const [last] = rows;
  return last === undefined ? null : { ...last, run: null, approval: null, list };
}

/** The entry of a question is written before the question has its id: it is found by its run and its digest. */
async function namingQuestions(sql: Sql, tenant: TenantId, rows: readonly Row[]): Promise<LiveEntry[]> {
  const read = rows.map(({ entry, ...row }) => ({ ...row, names: namesIn(entry) }));
  const asked = read.filter(({ type }) => asksPeople(type));
  const ids =
    asked.length === 0
      ? []
      : (
          await sql.query<{ id: string; run: string; digest: string }>(
            `select p.id, p.run_id as run, p.digest from unnest($2::text[], $3::text[]) as asked (run, digest)
             join approvals p on p.tenant_id = $1 and p.run_id = asked.run and p.digest = asked.digest
             order by p.ask_number`,
            [tenant, asked.map(({ run }) => run ?? ''), asked.map(({ names }) => names.digest ?? '')],
          )
        ).rows;
  const idOf = new Map(ids.map(({ id, run, digest }) => [`${run} ${digest}`, id]));
  return read.map(({ names, ...row }) => ({
    ...row,
    approval: (asksPeople(row.type) ? idOf.get(`${row.run} ${names.digest}`) : names.approval) ?? null,
    list: null,
  }));
}

/** Bytes that somebody wrote past us name nothing. */
function namesIn(entry: Uint8Array | null): { approval: string | undefined; digest: string | undefined } {
  const read = entry === null ? null : readEntry(entry);
  const named = read?.ok ? read.entry : null;
  return { approval: named?.approvalId, digest: named?.planDigest };
}

/** Those of these runs that there are. */
export async function runsThere(sql: Sql, tenant: TenantId, runs: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from runs where tenant_id = $1 and id = any($2)',
    [tenant, runs],
  );
  return rows.map(({ id }) => id);
}
