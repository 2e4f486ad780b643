import type { ApprovalId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Occasion } from '../../../core/approval/notice-text.ts';
import type { ApprovalCard } from '../../../core/contracts/command.ts';
import { expiresAt } from '../../read/expires-at.ts';
import type { Sql, Tx } from '../sql.ts';
import { pauseReason } from './pause.ts';
import { lockBudget } from './reserve-targets.ts';

export interface ClaimedNotice {
  number: string;
  approvalId: ApprovalId;
  occasion: Occasion;
  destination: string;
  attempts: number;
  fence: string;
}

/**
 * The oldest of each destination, when it is due, for `leaseMs`. What waits behind it waits: a destination is told
 * in order. Nothing goes out during a pause.
 */
export async function claimNotices(tx: Tx, tenant: TenantId, leaseMs: number): Promise<ClaimedNotice[]> {
  if ((await pauseReason(tx, tenant)) !== null) return [];
  const { rows } = await tx.query<ClaimedNotice>(
    `update notices set fence = fence + 1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
     where tenant_id = $1 and number in (
       select n.number from notices n
       join (select distinct on (destination) number from notices
         where tenant_id = $1 and state = 'due' order by destination, number) oldest using (number)
       where n.tenant_id = $1 and n.state = 'due' and n.next_try_at <= clock_timestamp()
         and (n.lease_until is null or n.lease_until < clock_timestamp())
       order by n.number limit 20 for update of n skip locked)
     returning number, approval_id as "approvalId", occasion, destination, attempts, fence`,
    [tenant, leaseMs],
  );
  return rows;
}

export interface NoticeSubject {
  runId: RunId;
  step: string;
  digest: string;
  card: ApprovalCard;
  playbook: string;
  expiresAtMs: number;
  nowMs: number;
  /** What holds it together with others, if anything does. */
  heldBy: string | null;
  /** Nobody is invited to it any more. */
  closed: boolean;
}

function isOpen(approval: string): string {
  return `(${approval}.state = 'pending' and ${expiresAt(approval)} > clock_timestamp())`;
}

export async function readSubject(
  sql: Sql,
  tenant: TenantId,
  approvalId: string,
): Promise<NoticeSubject | null> {
  const { rows } = await sql.query<
    Omit<NoticeSubject, 'expiresAtMs' | 'nowMs'> & { expires: string; now: string }
  >(
    `select a.run_id as "runId", a.step_path as step, a.digest, a.card, v.title as playbook,
       floor(extract(epoch from ${expiresAt('a')}) * 1000)::text as expires,
       floor(extract(epoch from clock_timestamp()) * 1000)::text as now,
       a.held_by as "heldBy", not ${isOpen('a')} as closed
     from approvals a join runs r on r.tenant_id = a.tenant_id and r.id = a.run_id
     join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
       and v.version = r.playbook_version
     where a.tenant_id = $1 and a.id = $2`,
    [tenant, approvalId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { expires, now, ...subject } = row;
  return { ...subject, expiresAtMs: Number(expires), nowMs: Number(now) };
}

/** The one person behind an address, if it is one person's; a mailbox of many is nobody's. */
export async function findRecipient(sql: Sql, tenant: TenantId, address: string): Promise<string | null> {
  if (!address.includes('@')) return null;
  const { rows } = await sql.query<{ id: string }>(
    'select id from people where tenant_id = $1 and lower(email) = lower($2) and active',
    [tenant, address],
  );
  return rows[0]?.id ?? null;
}

export type NoticeEnd =
  | { state: 'told' | 'dropped'; error: null }
  | { state: 'failed'; error: string }
  | { state: 'due'; error: string; delayMs: number };

/** False: somebody else has it by now, and nothing was written. */
export async function settleNotice(
  tx: Tx,
  tenant: TenantId,
  notice: { number: string; fence: string },
  end: NoticeEnd,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update notices set state = $4, last_error = coalesce($5, last_error), lease_until = null,
       attempts = attempts + case when $4 = 'dropped' then 0 else 1 end,
       settled_at = case when $4 <> 'due' then clock_timestamp() end,
       next_try_at = clock_timestamp() + $6 * interval '1 millisecond'
     where tenant_id = $1 and number = $2 and fence = $3 and state = 'due'`,
    [tenant, notice.number, notice.fence, end.state, end.error, end.state === 'due' ? end.delayMs : 0],
  );
  return rowCount === 1;
}

/**
 * Of a wave only the first is told of, so when that one is closed too early the next takes its place, unless people
 * were or will be told of another one that is open. Under the lock of whoever joins the wave, until the commit: who
 * joined the closed one is seen here, and whoever comes later finds another one or is the first.
 */
export async function tellNextOfWave(tx: Tx, tenant: TenantId, heldBy: string): Promise<void> {
  await lockBudget(tx, tenant, heldBy);
  await tx.query(
    `insert into notices (tenant_id, approval_id, occasion, destination)
     select $1, next.id, 'asked', each.destination
     from (select a.id, a.notify from approvals a
       where a.tenant_id = $1 and a.held_by = $2 and ${isOpen('a')} and cardinality(a.notify) > 0
       order by a.requested_at, a.id limit 1) next, unnest(next.notify) with ordinality as each(destination, place)
     where not exists (
       select 1 from approvals o join notices n on n.tenant_id = $1 and n.approval_id = o.id
       where o.tenant_id = $1 and o.held_by = $2 and ${isOpen('o')})
     order by each.place`,
    [tenant, heldBy],
  );
}

/** By the transaction that decided alone. */
export async function insertGlassNotices(tx: Tx, tenant: TenantId, approvalId: string): Promise<void> {
  await tx.query(
    `insert into notices (tenant_id, approval_id, occasion, destination)
     select a.tenant_id, a.id, 'break-glass', each.destination
     from approvals a, unnest(a.notify) with ordinality as each(destination, place)
     where a.tenant_id = $1 and a.id = $2 order by each.place`,
    [tenant, approvalId],
  );
}
