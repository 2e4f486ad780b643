import { randomBytes } from 'node:crypto';
import type { TenantId } from '../../../schemas/ids.ts';
import { breakGlass } from '../../core/approval/judge-break-glass.ts';
import { extensionMs } from '../../core/approval/judge-extension.ts';
import { expiresAt } from '../read/expires-at.ts';
import type { Sql } from '../store/sql.ts';
import { type OpenedLink, openApprovalLink, signApprovalLink } from './approval-link.ts';

/* Links of notifications: made where entries are told outside, opened where people come in. */

export interface ApprovalLinks {
  /** The address that leads to what this entry asks people to look at; null for every other entry. */
  linkFor(entry: { type: string; runId?: unknown; planDigest?: unknown }): Promise<string | null>;
  open(text: string, nowMs: number): Promise<OpenedLink>;
}

/** What somebody is meant to come for. */
const inviting = ['approval.requested', 'approval.reminded', 'approval.escalated', 'approval.break-glass'];

export function openApprovalLinks(sql: Sql, tenant: TenantId, publicUrl: string): ApprovalLinks {
  let known: Promise<Buffer> | undefined;
  const key = (): Promise<Buffer> => {
    known ??= readKey(sql, tenant).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    async linkFor({ type, runId, planDigest }) {
      if (!inviting.includes(type) || typeof runId !== 'string' || typeof planDigest !== 'string')
        return null;
      const asked = await findAsked(sql, tenant, runId, planDigest);
      if (asked === null) return null;
      const reviewMs = type === 'approval.break-glass' ? breakGlass.reviewWithinMs : 0;
      // More time may be given after it was sent; what was decided alone is looked at for a day.
      const expiresAtMs = Math.max(asked.expiresAtMs + extensionMs, asked.nowMs + reviewMs);
      const link = signApprovalLink(await key(), tenant, { approvalId: asked.id, expiresAtMs });
      return `${publicUrl.replace(/\/$/, '')}/n/${link}`;
    },
    async open(text, nowMs) {
      const opened = openApprovalLink(await key(), tenant, text, nowMs);
      // It ends with its question, whose time may have stood still in pauses since the link was made.
      if (opened.ok || opened.why === 'broken' || !(await standsOpen(sql, tenant, opened.approvalId)))
        return opened;
      return { ok: true, approvalId: opened.approvalId };
    },
  };
}

/** The digest carries a nonce of the asking, so it names one question of the run. */
async function findAsked(sql: Sql, tenant: TenantId, runId: string, digest: string) {
  const { rows } = await sql.query<{ id: string; expires: string; now: string }>(
    `select id, floor(extract(epoch from approve_before) * 1000)::text as expires,
       floor(extract(epoch from clock_timestamp()) * 1000)::text as now
     from approvals where tenant_id = $1 and run_id = $2 and digest = $3 order by ask_number desc limit 1`,
    [tenant, runId, digest],
  );
  const [row] = rows;
  return row === undefined ? null : { id: row.id, expiresAtMs: Number(row.expires), nowMs: Number(row.now) };
}

/** Whether pauses have given the question time that the link does not know of. */
async function standsOpen(sql: Sql, tenant: TenantId, approvalId: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select 1 from approvals p where p.tenant_id = $1 and p.id = $2 and p.state = 'pending'
       and p.paused_ms + stood_ms(p.tenant_id, p.requested_at) > 0 and ${expiresAt('p')} > clock_timestamp()`,
    [tenant, approvalId],
  );
  return rowCount > 0;
}

/** Made by whoever comes first; all others read that one. */
async function readKey(sql: Sql, tenant: TenantId): Promise<Buffer> {
  await sql.query('insert into link_keys (tenant_id, key) values ($1, $2) on conflict do nothing', [
    tenant,
    randomBytes(32),
  ]);
  const { rows } = await sql.query<{ key: Uint8Array }>('select key from link_keys where tenant_id = $1', [
    tenant,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error('the key for links is gone; it is never deleted by us');
  return Buffer.from(row.key);
}
