import { randomBytes } from 'node:crypto';
import type { TenantId } from '../../../schemas/ids.ts';
import { breakGlass } from '../../core/approval/judge-break-glass.ts';
import { extensionMs } from '../../core/approval/judge-extension.ts';
import type { Occasion } from '../../core/approval/notice-text.ts';
import { expiresAt } from '../read/expires-at.ts';
import type { Sql } from '../store/sql.ts';
import {
  keyOfLink,
  type LinkKey,
  type OpenedLink,
  openApprovalLink,
  signApprovalLink,
} from './approval-link.ts';

/* Links of notifications: made where people are told something, opened where people come in. */

export interface ApprovalLinks {
  /** The address that leads to what this entry asks people to look at; null for every other entry. */
  linkFor(entry: { type: string; runId?: unknown; planDigest?: unknown }): Promise<string | null>;
  /** The address for one destination; `personId` when it is one person's. */
  linkTo(notice: {
    approvalId: string;
    personId: string | null;
    occasion: Occasion;
    expiresAtMs: number;
    nowMs: number;
  }): Promise<string>;
  open(text: string, nowMs: number): Promise<OpenedLink>;
  /** When this person decided about it, which is what a link is good for once; null as long as no word of theirs stands. */
  usedAt(approvalId: string, personId: string): Promise<Date | null>;
}

/** What somebody is meant to come for. */
const inviting: { [type: string]: Occasion } = {
  'approval.requested': 'asked',
  'approval.reminded': 'reminded',
  'approval.escalated': 'escalated',
  'approval.break-glass': 'break-glass',
};

export function openApprovalLinks(sql: Sql, tenant: TenantId, publicUrl: string): ApprovalLinks {
  const linkTo: ApprovalLinks['linkTo'] = async ({
    approvalId,
    personId,
    occasion,
    expiresAtMs: until,
    nowMs,
  }) => {
    const reviewMs = occasion === 'break-glass' ? breakGlass.reviewWithinMs : 0;
    // More time may be given after it was sent; what was decided alone is looked at for a day.
    const expiresAtMs = Math.max(until + extensionMs, nowMs + reviewMs);
    const link = signApprovalLink(await signingKey(sql, tenant), tenant, {
      approvalId,
      personId,
      expiresAtMs,
    });
    return `${publicUrl.replace(/\/$/, '')}/n/${link}`;
  };
  return {
    linkTo,
    async linkFor({ type, runId, planDigest }) {
      const occasion = Object.hasOwn(inviting, type) ? inviting[type] : undefined;
      if (occasion === undefined || typeof runId !== 'string' || typeof planDigest !== 'string') return null;
      const asked = await findAsked(sql, tenant, runId, planDigest);
      return asked === null ? null : await linkTo({ ...asked, occasion, personId: null });
    },
    async open(text, nowMs) {
      const id = keyOfLink(text);
      const key = id === null ? null : await openingKey(sql, tenant, id);
      if (key === null) return { ok: false, why: 'broken' };
      const opened = openApprovalLink(key, tenant, text, nowMs);
      // It ends with its question, whose time may have stood still in pauses since the link was made.
      if (opened.ok || opened.why === 'broken' || !(await standsOpen(sql, tenant, opened.approvalId)))
        return opened;
      const { approvalId, personId } = opened;
      return { ok: true, approvalId, personId };
    },
    async usedAt(approvalId, personId) {
      const { rows } = await sql.query<{ at: Date }>(
        'select at from standing_decisions where tenant_id = $1 and approval_id = $2 and person_id = $3',
        [tenant, approvalId, personId],
      );
      return rows[0]?.at ?? null;
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
  return row === undefined
    ? null
    : { approvalId: row.id, expiresAtMs: Number(row.expires), nowMs: Number(row.now) };
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

const readSigning = 'select id, key from link_keys where tenant_id = $1 and opens_until is null';

/** The newest. The first is made by whoever comes first; all others read that one. Never kept: it may change. */
async function signingKey(sql: Sql, tenant: TenantId): Promise<LinkKey> {
  const found = (await sql.query<KeyRow>(readSigning, [tenant])).rows[0];
  if (found !== undefined) return keyOf(found);
  await sql.query('insert into link_keys (tenant_id, id, key) values ($1, 1, $2) on conflict do nothing', [
    tenant,
    randomBytes(32),
  ]);
  const [row] = (await sql.query<KeyRow>(readSigning, [tenant])).rows;
  if (row === undefined) throw new Error('the key for links is gone; it is never deleted by us');
  return keyOf(row);
}

async function openingKey(sql: Sql, tenant: TenantId, id: number): Promise<LinkKey | null> {
  const { rows } = await sql.query<KeyRow>(
    `select id, key from link_keys
     where tenant_id = $1 and id = $2 and (opens_until is null or opens_until > clock_timestamp())`,
    [tenant, id],
  );
  return rows[0] === undefined ? null : keyOf(rows[0]);
}

interface KeyRow {
  id: number;
  key: Uint8Array;
}

function keyOf({ id, key }: KeyRow): LinkKey {
  return { id, key: Buffer.from(key) };
}
