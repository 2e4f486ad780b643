import type { TenantId } from '../../../../schemas/ids.ts';
import type { OrderSignatures } from '../../../core/audit/judge-signatures.ts';
import { type Doubt, inOrder, type OrderTerms, readTerms } from '../../../core/audit/order.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { Sql } from '../sql.ts';

/** In: tenant as $1. Of several logs only the newest is open. */
export const newestLog = `(select log_id from audit_log_meta where tenant_id = $1 order by incarnation desc limit 1)`;

export interface OpenOrder {
  number: number;
  terms: OrderTerms;
  digest: string;
  state: 'proposed' | 'confirmed';
  proposedBy: string;
  proposedAt: Date;
  confirmedBy: string | null;
  /** What their passkeys have signed. */
  signatures: OrderSignatures;
  /** Whose key the proposer signed with. */
  proposedPasskey: string | null;
  /** Of a truncation, once the entry is sealed that says it. */
  entryIndex: number | null;
}

const selectOpen = `
select number, terms, digest, state, proposed_by as "proposedBy", proposed_at as "proposedAt", confirmed_by as "confirmedBy",
  entry_index as "entryIndex", proposed_passkey as "proposedPasskey",
  json_build_object('proposer', proposed_signature, 'confirmer', confirmed_signature) as signatures
from audit_orders where tenant_id = $1 and state in ('proposed', 'confirmed')`;

/** What is proposed, or confirmed and yet to be done, in the order in which it is done. */
export async function readOpenOrders(sql: Sql, tenant: TenantId): Promise<OpenOrder[]> {
  const { rows } = await sql.query<Omit<OpenOrder, 'terms'> & { terms: string }>(selectOpen, [tenant]);
  const orders = rows.map((row) => {
    const terms = readTerms(row.terms);
    invariant(terms !== null, `the terms of order ${row.number} can be read`);
    return { ...row, terms };
  });
  return inOrder(orders);
}

const selectBehind = `
select place from audit_anchor_in_force where tenant_id = $1 and log_id = $2 and size <= $3 order by place`;

/** Places that a truncation waits for: they have no head yet over the entry that says it. */
export async function placesBehind(sql: Sql, tenant: TenantId, order: OpenOrder): Promise<string[]> {
  if (order.state !== 'confirmed' || order.entryIndex === null) return [];
  const { rows } = await sql.query<{ place: string }>(selectBehind, [
    tenant,
    order.terms.log,
    order.entryIndex,
  ]);
  return rows.map(({ place }) => place);
}

/** Why and since when the log holds containment; null when it does not. */
export async function readHold(sql: Sql, tenant: TenantId): Promise<{ reason: string; since: Date } | null> {
  const { rows } = await sql.query<{ reason: string; since: Date }>(
    `select coalesce(reason, 'no reason given') as reason, set_at as since from stops
     where tenant_id = $1 and scope = 'audit' and subject = 'log' and active`,
    [tenant],
  );
  return rows[0] ?? null;
}

/** Names of the places outside that two people have given up. */
export async function readGivenUp(sql: Sql, tenant: TenantId): Promise<string[]> {
  const { rows } = await sql.query<{ place: string }>(
    'select place from audit_given_up where tenant_id = $1',
    [tenant],
  );
  return rows.map(({ place }) => place);
}

export async function readDoubt(sql: Sql, tenant: TenantId): Promise<Doubt | null> {
  const { rows } = await sql.query<{ evidence: string }>(
    'select evidence from audit_doubt where tenant_id = $1',
    [tenant],
  );
  return rows[0] === undefined ? null : (JSON.parse(rows[0].evidence) as Doubt);
}

export interface NewestLog {
  logId: string;
  origin: string;
  vkey: string | null;
  incarnation: number;
  size: number;
  minIndex: number;
}

export async function readNewestLog(sql: Sql, tenant: TenantId): Promise<NewestLog | null> {
  const { rows } = await sql.query<NewestLog>(
    `select log_id as "logId", origin, vkey, incarnation, size, min_index as "minIndex" from audit_log_meta where tenant_id = $1
     order by incarnation desc limit 1`,
    [tenant],
  );
  return rows[0] ?? null;
}
