import { freshSignInMs } from '../../core/approval/fresh-sign-in.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Tx } from '../store/sql.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';

/** Null when they did; otherwise the refusal, which is an entry. What somebody proves themselves with takes it. */
export async function provedJustNow(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  signedInAtMs: number | null,
): Promise<IdentityRefusal | null> {
  if (signedInAtMs !== null && (await databaseNowMs(tx)) - signedInAtMs <= freshSignInMs) return null;
  const code = 'auth/fresh-sign-in';
  await writeEntry(tx, context, door, { type: 'auth.refused', outcome: 'denied', code });
  return { ok: false, code, detail: 'This needs a sign-in of the last five minutes. Nothing was changed.' };
}
