import { randomBytes } from 'node:crypto';
import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { breakGlass } from '../../core/approval/judge-break-glass.ts';
import { extensionMs } from '../../core/approval/judge-extension.ts';
import type { Actor } from '../../core/contracts/entry.ts';
import { recordAudit } from '../record-audit.ts';
import type { Database } from '../store/database.ts';
import { lockKey } from '../store/queries/crowd-control.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';

const day = 24 * 3_600_000;

/** No link lives longer: a question waits seven days at most, may be given more time, and is reviewed for a day. */
const longestLinkMs = 7 * day + extensionMs + breakGlass.reviewWithinMs;

/**
 * A new key signs from now on. The old ones open what they signed until the last such link has expired, or, when one
 * of them may have been read by somebody, nothing at all any more.
 */
export async function changeLinkKey(
  parts: { database: Database; tenant: TenantId; mint: MintId },
  { revoke }: { revoke: boolean },
  who: { actor: Actor; requestId: string },
): Promise<{ ok: true; key: number; oldUntil: string | null }> {
  const { database, tenant, mint } = parts;
  return await database.transaction(async (tx) => {
    await lockKey(tx, tenant, 'link-keys');
    const nowMs = await databaseNowMs(tx);
    const untilMs = revoke ? nowMs : nowMs + longestLinkMs;
    // Never later than before: an older key was given its end when it was replaced.
    const { rows } = await tx.query<{ id: number }>(
      `update link_keys set opens_until = least(opens_until, to_timestamp($2 / 1000.0))
       where tenant_id = $1 and (opens_until is null or opens_until > to_timestamp($2 / 1000.0))
       returning id`,
      [tenant, untilMs],
    );
    const made = await tx.query<{ id: number }>(
      `insert into link_keys (tenant_id, id, key)
       select $1, 1 + coalesce(max(id), 0), $2 from link_keys where tenant_id = $1 returning id`,
      [tenant, randomBytes(32)],
    );
    const key = made.rows[0]?.id ?? 1;
    const oldUntil = revoke || rows.length === 0 ? null : new Date(untilMs).toISOString();
    const data = { key, ended: rows.map(({ id }) => id), revoked: revoke, old_until: oldUntil ?? 'now' };
    const entry = { type: 'link.key-changed' as const, ...who, outcome: 'success' as const, data };
    await recordAudit(tx, tenant, nowMs, [entry], mint);
    return { ok: true, key, oldUntil };
  });
}
