import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { keyChangeMessage } from '../../core/audit/order.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import {
  decodeBase64,
  formatVerifierKey,
  isSignedBy,
  parseVerifierKey,
  type VerifierKey,
} from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';
import type { ProblemList } from './verification.ts';

/** The keys of one log in the order in which each handed over to the next, as its own entries say. */
export interface KeyChain {
  keys: readonly (VerifierKey | null)[];
  /** Index of the entry with which each key but the first begins. */
  since: readonly number[];
}

/** The first entry is the sequencer's own, whatever is pending when a log begins. */
const selectNamed = `
select idx, entry from audit_log
where tenant_id = $1 and log_id = $2 and (idx = 0 or type = 'log.key-changed') and entry is not null order by idx`;

/**
 * Begins with the key that the first entry names and follows what the key in force has signed in an entry of the
 * log: whoever can only write entries must not be able to change the key. What is not signed is told and not followed.
 * @param known the key that is believed: one from outside, else the one that the database names. When it is none
 *   of the chain, that is told, it stands alone, and nothing that others signed counts.
 */
export async function readKeyChain(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  known: string,
  list: ProblemList,
): Promise<KeyChain> {
  const { rows } = await sql.query<{ idx: number; entry: Uint8Array }>(selectNamed, [tenant, logId]);
  const given = parseVerifierKey(known);
  const keys = [given];
  const since: number[] = [];
  for (const row of rows) {
    const index = Number(row.idx);
    const read = readEntry(row.entry);
    const { type, data = {} } = read.ok ? read.entry : {};
    if (index === 0 && type === 'log.started') keys[0] = parseVerifierKey(String(data.key)) ?? given;
    if (type !== 'log.key-changed') continue;
    const next = nextKey(keys.at(-1) ?? null, data);
    if (next === null)
      list.add('key-change-unsigned', index, 'a key changes here that the key in force has not signed');
    else {
      keys.push(next);
      since.push(index);
    }
  }
  const among = keys.some((key) => key !== null && formatVerifierKey(key) === known);
  if (among) return { keys, since };
  list.add(
    'key-unnamed',
    null,
    'the first entry names another key, which never handed over to the one believed here',
  );
  return { keys: [given], since: [] };
}

/** Null when the key in force has not signed that this one follows it. */
function nextKey(old: VerifierKey | null, { from, to, signature }: JsonObject): VerifierKey | null {
  const next = parseVerifierKey(String(to));
  const bytes = decodeBase64(String(signature));
  if (old === null || next?.name !== old.name || bytes === null || from !== formatVerifierKey(old))
    return null;
  const message = keyChangeMessage(old.name, { from, to: formatVerifierKey(next) });
  return isSignedBy(old, Buffer.from(message), bytes) ? next : null;
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
