import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, verifyConsistency } from '../../core/audit/merkle.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';
import type { AnchorPlace, Carried, Cosignature, KnownLog, LogTree } from './anchor-place.ts';
import { knownKeys } from './known-keys.ts';
import { noteTrouble } from './place-trouble.ts';
import { type PublishedLog, proveConsistency, readPublished } from './read-published.ts';
import type { LogKeys } from './signing-key.ts';

/*
 * Brings kept checkpoints to a place outside, each at least once: what was brought is written down
 * afterwards, so a crash in between brings it again. No transaction is open while a place is asked.
 * A directory takes everything that is signed, so that a head continues the last one there is proven here: one that
 * knows no place may have signed over a log that was rewritten before it began to lead.
 */

/** What stands in each place that keeps every head, as far as it was read or brought: a directory of years is not listed each second. */
export type HeldHeads = Map<AnchorPlace, { origin: string; size: number; root: Hash }>;

/** At a checkpoint a second, a place that was away for a minute is caught up with in one go. */
const carriedMax = 64;

/**
 * In: tenant, log, place, limit, what it wants, whether it is asked about what it was brought before. A place
 * that is new begins at the newest.
 */
const selectDue = `
select c.size, c.root, c.note from audit_checkpoint c
left join audit_anchor a on a.tenant_id = $1 and a.log_id = $2 and a.place = $3
where c.tenant_id = $1 and c.log_id = $2 and c.note is not null
  and ($6 or c.size > coalesce(a.size, 0))
  and ($5 = 'each' and a.carried_at is not null or c.size = (
    select max(size) from audit_checkpoint m where m.tenant_id = $1 and m.log_id = $2 and m.note is not null))
order by c.size limit $4`;

/** Two sequencers may carry at once; the further one stands. */
const noteCarried = `
insert into audit_anchor as anchor (tenant_id, log_id, place, size, carried_at) values ($1, $2, $3, $4, clock_timestamp())
on conflict (tenant_id, log_id, place) do update
set size = greatest(anchor.size, excluded.size), carried_at = excluded.carried_at, failing_since = null, problem = null`;

const selectSize = `select size from audit_log_meta where tenant_id = $1 and log_id = $2`;

const keepLine = `
insert into audit_cosignature (tenant_id, log_id, size, witness, line) values ($1, $2, $3, $4, $5)
on conflict do nothing`;

/**
 * @param options.held remembers from call to call; without it, the place is asked
 * @param options.again the newest once more, to hear whether the place still agrees
 * @returns whether more may be due
 * @throws AuditAlarm audit/fork; Error when the place did not take it, which is written down
 */
export async function carryCheckpoints(
  sql: Sql,
  tenant: TenantId,
  place: AnchorPlace,
  keys: LogKeys,
  options: { again?: boolean; held?: HeldHeads } = {},
): Promise<boolean> {
  const log = await readPublished(sql, tenant);
  if (log === null) return false;
  const known = await knownKeys(sql, tenant, log, keys);
  const due = await sql.query<Omit<Carried, 'origin'>>(selectDue, [
    tenant,
    log.logId,
    place.name,
    carriedMax,
    place.wants,
    options.again === true,
  ]);
  const { held = new Map() } = options;
  for (const row of due.rows) {
    const checkpoint = { ...row, origin: log.origin };
    const lines = await carryOne(sql, tenant, place, log, checkpoint, known, held);
    for (const { witness, line } of lines)
      await sql.query(keepLine, [tenant, log.logId, row.size, witness, line]);
    await sql.query(noteCarried, [tenant, log.logId, place.name, row.size]);
  }
  return due.rowCount === carriedMax;
}

async function carryOne(
  sql: Sql,
  tenant: TenantId,
  place: AnchorPlace,
  log: PublishedLog,
  checkpoint: Carried,
  known: KnownLog,
  held: HeldHeads,
): Promise<Cosignature[]> {
  const tree: LogTree = {
    prove: async (from) => (await proveConsistency(sql, tenant, log, from, checkpoint.size)).hashes,
    size: async () => (await sql.query<{ size: number }>(selectSize, [tenant, log.logId])).rows[0]?.size ?? 0,
  };
  try {
    if (place.wants === 'each') await expectContinued(place, checkpoint, known, tree, held);
    const lines = await place.carry(checkpoint, known, tree);
    if (place.wants === 'each') held.set(place, checkpoint);
    return lines;
  } catch (error) {
    if (!(error instanceof AuditAlarm)) await noteTrouble(sql, tenant, log.logId, place.name, error);
    throw error;
  }
}

async function expectContinued(
  place: AnchorPlace,
  { origin, size, root }: Carried,
  known: KnownLog,
  tree: LogTree,
  held: HeldHeads,
): Promise<void> {
  const kept = held.get(place);
  const last = kept?.origin === origin ? kept : await place.newest(known);
  // One that another sequencer was faster with; of its own size the place itself says whether it is the same.
  if (last === null || last.size >= size) return;
  if (verifyConsistency(last.size, last.root, size, root, await tree.prove(last.size))) return;
  throw new AuditAlarm(
    'audit/fork',
    `${place.name} holds a checkpoint of ${last.size} entries, and the ${size} of the next do not continue them`,
  );
}
