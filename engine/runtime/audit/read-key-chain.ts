import type { TenantId } from '../../../schemas/ids.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import { parseVerifierKey, type VerifierKey } from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';

/** The keys of one log in the order in which each handed over to the next, as its own entries say. */
export interface KeyChain {
  keys: readonly (VerifierKey | null)[];
  /** Index of the entry with which each key but the first begins. */
  since: readonly number[];
}

const selectHandovers = `
select idx, entry from audit_log
where tenant_id = $1 and log_id = $2 and type = 'log.key-changed' and entry is not null order by idx`;

/**
 * @param known the key that is believed: one from outside, else the one that the database names. When it is none
 *   of the chain, it stands alone, and nothing that others signed counts.
 */
export async function readKeyChain(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  known: string,
): Promise<KeyChain> {
  const { rows } = await sql.query<{ idx: number; entry: Uint8Array }>(selectHandovers, [tenant, logId]);
  const handovers = rows.flatMap(({ idx, entry }) => {
    const read = readEntry(entry);
    const { from, to } = (read.ok ? read.entry.data : undefined) ?? {};
    return typeof from === 'string' && typeof to === 'string' ? [{ idx: Number(idx), from, to }] : [];
  });
  const texts = [handovers[0]?.from ?? known, ...handovers.map(({ to }) => to)];
  const whole = handovers.every(({ from }, at) => from === texts[at]);
  if (!whole || !texts.includes(known)) return { keys: [parseVerifierKey(known)], since: [] };
  return { keys: texts.map(parseVerifierKey), since: handovers.map(({ idx }) => idx) };
}

/** Which keys a head of this size has to be signed by: both where one hands over. */
export function keysInForce(
  { keys, since }: KeyChain,
  size: number,
  sizeBefore: number,
): (VerifierKey | null)[] {
  const at = (entries: number): number => since.filter((index) => index < entries).length;
  return keys.slice(at(sizeBefore), at(size) + 1);
}
