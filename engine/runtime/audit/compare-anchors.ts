import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, hexOf, sameHash } from '../../core/audit/merkle.ts';
import { MissingTile, partialTiles, rootOfSize } from '../../core/audit/tiles.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';
import type { AnchorPlace, KnownLog } from './anchor-place.ts';
import { knownKeys } from './known-keys.ts';
import { clearTrouble, noteTrouble } from './place-trouble.ts';
import { readTiles } from './read-tiles.ts';
import type { LogKeys } from './signing-key.ts';

const selectSize = `select size from audit_log_meta where tenant_id = $1 and log_id = $2`;

const selectCarried = `
select size from audit_anchor where tenant_id = $1 and log_id = $2 and place = $3`;

/**
 * Holds what the places outside remember against the database, before anything is sealed or signed: a
 * database that was restored or rewritten does not continue it.
 * @param log the newest log, or the one that would be created
 * @throws AuditAlarm audit/fork when it does not; Error when a place does not answer, as then nobody knows
 */
export async function compareAnchors(
  sql: Sql,
  tenant: TenantId,
  places: readonly AnchorPlace[],
  log: { logId: string; origin: string },
  keys: LogKeys,
): Promise<void> {
  const { logId } = log;
  const known = await knownKeys(sql, tenant, log, keys);
  for (const place of places) {
    const anchored = await ask(sql, tenant, logId, place, known);
    // Read after the place: another sequencer may be leading, and what it seals is here before it is there.
    const { rows } = await sql.query<{ size: number }>(selectSize, [tenant, logId]);
    const here = { logId, size: rows[0]?.size ?? 0 };
    if (anchored !== null) await expectContinuing(sql, tenant, here, place.name, anchored);
    else if (place.wants === 'each') await expectUnused(sql, tenant, logId, place.name);
    if (place.wants === 'each') await clearTrouble(sql, tenant, logId, place.name);
  }
}

/** What it does not answer to is written down, as two people may have to give it up. */
async function ask(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  place: AnchorPlace,
  known: KnownLog,
): Promise<{ size: number; root: Hash } | null> {
  try {
    return await place.newest(known);
  } catch (error) {
    await noteTrouble(sql, tenant, logId, place.name, error);
    throw error;
  }
}

/** @throws AuditAlarm when the database does not continue what `place` holds */
export async function expectContinuing(
  sql: Sql,
  tenant: TenantId,
  here: { logId: string; size: number },
  place: string,
  { size, root }: { size: number; root: Hash },
): Promise<void> {
  if (size > here.size) {
    throw new AuditAlarm(
      'audit/fork',
      `${place} holds a checkpoint of ${size} entries, the database has only ${here.size}`,
    );
  }
  const tileOf = await readTiles(sql, tenant, here.logId, partialTiles(size));
  try {
    const now = rootOfSize(size, tileOf);
    if (sameHash(now, root)) return;
    throw new AuditAlarm(
      'audit/fork',
      `${place} holds root ${hexOf(root)} for ${size} entries, the database makes it ${hexOf(now)}`,
    );
  } catch (error) {
    if (error instanceof MissingTile)
      throw new AuditAlarm('audit/integrity', error.message, { cause: error });
    throw error;
  }
}

/** A place that has lost what was brought there is worth nothing; more often it is not mounted. */
async function expectUnused(sql: Sql, tenant: TenantId, logId: string, place: string): Promise<void> {
  const { rows } = await sql.query<{ size: number }>(selectCarried, [tenant, logId, place]);
  const size = rows[0]?.size ?? 0;
  if (size === 0) return;
  const lost = new Error(`${place} held a checkpoint of ${size} entries and holds none now`);
  await noteTrouble(sql, tenant, logId, place, lost);
  throw lost;
}
