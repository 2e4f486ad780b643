import type { Mode } from '../core/contracts/plan.ts';
import type { Guardrails } from '../core/guard/guardrails.ts';
import type { EngineParts } from './engine-parts.ts';
import { loadGuardrails, versionInForce, versionNow } from './store/queries/guardrails-versions.ts';
import type { Sql, Tx } from './store/sql.ts';

/** A version never changes in one database, so the newest one is kept with the engine it was read by: memoisation only. */
const kept = new WeakMap<EngineParts, { version: number; turn: number; guardrails: Guardrails }>();

/**
 * The boldest mode at which a run may begin. Not locked: it is judged again whenever an action would go
 * out, and a run that begins in the same instant as a change begins before it or after it.
 */
export async function ceilingNow(sql: Sql, parts: EngineParts): Promise<Mode> {
  return (await guardrailsNow(sql, parts))?.modeCeiling ?? 'enforce';
}

/** The guardrails in force; they stay so until the caller's transaction has ended. */
export async function guardrailsInForce(tx: Tx, parts: EngineParts): Promise<Guardrails | null> {
  const version = await versionInForce(tx, parts.tenant);
  return version === null ? null : guardrailsOf(tx, parts, version);
}

/** Not locked: for what changes nothing. */
export async function guardrailsNow(sql: Sql, parts: EngineParts): Promise<Guardrails | null> {
  const version = await versionNow(sql, parts.tenant);
  return version === null ? null : guardrailsOf(sql, parts, version);
}

async function guardrailsOf(sql: Sql, parts: EngineParts, version: number): Promise<Guardrails> {
  const known = kept.get(parts);
  const turn = parts.database.turns();
  if (known?.version === version && known.turn === turn) return known.guardrails;
  const guardrails = await loadGuardrails(sql, parts.tenant, version);
  if (guardrails === null) throw new Error(`guardrails ${version} are in force and not stored`);
  kept.set(parts, { version, turn, guardrails });
  return guardrails;
}
