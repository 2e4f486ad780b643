import type { TenantId } from '../../../schemas/ids.ts';
import { type Doubt, type OrderTerms, proposalEndsMs } from '../../core/audit/order.ts';
import { signaturesDemanded } from '../audit/order-signature.ts';
import {
  newestLog,
  placesBehind,
  readDoubt,
  readHold,
  readOpenOrders,
} from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { nameOfPeople } from './name-of-people.ts';
import { timeOf } from './time.ts';

/** What people see before they order anything about the log. */
export interface LogState {
  /** Why containment is held by the log; null when it is not. */
  hold: { reason: string; since: string } | null;
  /** What the sequencer knows of a log that is held, here and outside. */
  doubt: Doubt | null;
  /** One of those who may order has a passkey, so both people sign. The operator's list may demand it all the same. */
  toSign: boolean;
  /** What is proposed or confirmed, in the order in which it is done. */
  orders: OrderItem[];
  /** Outside of the database, by name; those that were given up as well. */
  places: PlaceItem[];
  /** The newest first. */
  logs: LogItem[];
}

export interface OrderItem {
  digest: string;
  state: 'proposed' | 'confirmed';
  terms: OrderTerms;
  proposedBy: string;
  proposedById: string;
  proposedAt: string;
  /** From then on nobody confirms it any more; null once it is confirmed. */
  lapsesAt: string | null;
  confirmedBy: string | null;
  /** Whose passkey has signed it. */
  signed: { proposer: boolean; confirmer: boolean };
  /** Places outside that have yet to take the head that it waits for. */
  waitsFor: string[];
}

export interface PlaceItem {
  place: string;
  /** Entries of the newest checkpoint of the newest log that stands there, as this database knows. */
  size: number;
  carriedAt: string | null;
  /** Null while it answers. */
  failingSince: string | null;
  problem: string | null;
  givenUpAt: string | null;
}

export interface LogItem {
  log: string;
  origin: string;
  key: string | null;
  size: number;
  startedAt: string;
  /** Null for the one that is written. */
  closedAt: string | null;
  /** Keys that did not begin with the log, each from an index on and by the word of which other one. */
  keys: { key: string; since: number; by: string | null }[];
}

interface LogRow {
  log: string;
  origin: string;
  key: string | null;
  size: number;
  startedAt: Date;
  closedAt: Date | null;
  keys: LogItem['keys'];
}

const selectLogs = `
select log_id as log, origin, vkey as key, size, created_at as "startedAt", closed_at as "closedAt",
  (select coalesce(json_agg(json_build_object('key', vkey, 'since', since, 'by', by_vkey) order by since), '[]')
    from audit_key k where k.tenant_id = $1 and k.log_id = audit_log_meta.log_id) as keys
from audit_log_meta where tenant_id = $1 order by incarnation desc limit 100`;

const selectPlaces = `
select known.place, coalesce(newest.size, 0) as size, known.carried_at as "carriedAt",
  newest.failing_since as "failingSince", newest.problem, g.given_up_at as "givenUpAt"
from (select place, max(carried_at) as carried_at from audit_anchor where tenant_id = $1 group by place) known
left join audit_anchor newest on newest.tenant_id = $1 and newest.place = known.place and newest.log_id = ${newestLog}
left join audit_given_up g on g.tenant_id = $1 and g.place = known.place
order by known.place limit 100`;

interface PlaceRow {
  place: string;
  size: number;
  carriedAt: Date | null;
  failingSince: Date | null;
  problem: string | null;
  givenUpAt: Date | null;
}

export async function readLogState(sql: Sql, tenant: TenantId): Promise<LogState> {
  const [hold, doubt, orders, places, logs, toSign] = await Promise.all([
    readHold(sql, tenant),
    readDoubt(sql, tenant),
    readOpenOrders(sql, tenant),
    sql.query<PlaceRow>(selectPlaces, [tenant]),
    sql.query<LogRow>(selectLogs, [tenant]),
    signaturesDemanded(sql, tenant, null),
  ]);
  const people = orders
    .flatMap(({ proposedBy, confirmedBy }) => [proposedBy, confirmedBy])
    .filter((id) => id !== null);
  const nameOf = await nameOfPeople(sql, tenant, people);
  const waiting = await Promise.all(orders.map((order) => placesBehind(sql, tenant, order)));
  return {
    hold: hold && { reason: hold.reason, since: timeOf(hold.since) },
    doubt,
    toSign,
    orders: orders.map((order, at) => ({
      digest: order.digest,
      state: order.state,
      terms: order.terms,
      proposedBy: nameOf(order.proposedBy),
      proposedById: order.proposedBy,
      proposedAt: timeOf(order.proposedAt),
      lapsesAt:
        order.state === 'proposed' ? timeOf(new Date(proposalEndsMs(order.proposedAt.getTime()))) : null,
      confirmedBy: order.confirmedBy === null ? null : nameOf(order.confirmedBy),
      signed: {
        proposer: order.signatures.proposer !== null,
        confirmer: order.signatures.confirmer !== null,
      },
      waitsFor: waiting[at] ?? [],
    })),
    places: places.rows.map(({ failingSince, problem, ...row }) => ({
      ...row,
      carriedAt: timeOf(row.carriedAt),
      // Of no interest once nobody waits for it.
      failingSince: row.givenUpAt === null ? timeOf(failingSince) : null,
      problem: row.givenUpAt === null ? problem : null,
      givenUpAt: timeOf(row.givenUpAt),
    })),
    logs: logs.rows.map((row) => ({
      ...row,
      startedAt: timeOf(row.startedAt),
      closedAt: timeOf(row.closedAt),
    })),
  };
}
