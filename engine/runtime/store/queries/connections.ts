import type { TenantId } from '../../../../schemas/ids.ts';
import type { TestResult } from '../../../core/connection/judge-probe.ts';
import type { Actor } from '../../../core/contracts/entry.ts';
import type { Sql, Tx } from '../sql.ts';
import { pauseReason } from './pause.ts';

export interface OwnConnection {
  system: string;
  id: string;
  /** Origins by setting. */
  addresses: { [setting: string]: string };
}

/**
 * A worker says what it has.
 * @param testMs of one that has just started: when all of them are tested at the latest
 */
export async function sayConnections(
  sql: Sql,
  tenant: TenantId,
  own: readonly OwnConnection[],
  testMs: number | null,
): Promise<void> {
  await sql.query(
    `insert into connections as c (tenant_id, system, id, addresses, test_due_at)
     select $1, system, id, addresses, clock_timestamp() + coalesce($5::float8, 0) * interval '1 millisecond'
     from unnest($2::text[], $3::text[], $4::json[]) as own (system, id, addresses)
     order by system, id
     on conflict (tenant_id, system, id) do update set addresses = excluded.addresses,
       seen_at = clock_timestamp(), test_due_at = case when $5::float8 is null then c.test_due_at
         else least(c.test_due_at, excluded.test_due_at) end`,
    [
      tenant,
      own.map(({ system }) => system),
      own.map(({ id }) => id),
      own.map(({ addresses }) => JSON.stringify(addresses)),
      testMs,
    ],
  );
}

/** Of the time since the last telling. */
export interface CallsOfConnection {
  system: string;
  id: string;
  /** Since when, in milliseconds on the worker's monotonic clock; null: none was. */
  answeredAgoMs: number | null;
  failedAgoMs: number | null;
  code: string | null;
  /** Failures after the last answer. */
  failedInARow: number;
  /** It is tested soon, unless it has just been. */
  looksBroken: boolean;
}

/** A vendor that refuses us need not be asked again with every call that it refuses. */
const testedLately = "interval '5 minutes'";

/** One statement for all of them. Workers may tell late and in any order: what is newer stays. */
export async function tellCalls(
  sql: Sql,
  tenant: TenantId,
  calls: readonly CallsOfConnection[],
): Promise<void> {
  await sql.query(
    `with told as (
       select system, id, code, in_a_row, broken, answered_ago is not null as answered,
         clock_timestamp() - answered_ago * interval '1 millisecond' as answered_at,
         clock_timestamp() - failed_ago * interval '1 millisecond' as failed_at
       from unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::int[], $8::boolean[])
         as told (system, id, answered_ago, failed_ago, code, in_a_row, broken)),
     locked as (
       select c.system, c.id from connections c join told using (system, id)
       where c.tenant_id = $1 order by c.system, c.id for no key update of c)
     update connections c set
       answered_at = greatest(c.answered_at, told.answered_at),
       failed_at = greatest(c.failed_at, told.failed_at),
       failure_code = case when c.failed_at is null or told.failed_at > c.failed_at
         then coalesce(told.code, c.failure_code) else c.failure_code end,
       test_due_at = case when told.broken and (c.tested_at is null or c.tested_at < clock_timestamp() - ${testedLately})
         then least(c.test_due_at, clock_timestamp()) else c.test_due_at end,
       failed_in_a_row = least(1000000, told.in_a_row + case when told.answered then 0 else c.failed_in_a_row end)
     from told join locked using (system, id)
     where c.tenant_id = $1 and c.system = told.system and c.id = told.id`,
    [
      tenant,
      calls.map(({ system }) => system),
      calls.map(({ id }) => id),
      calls.map(({ answeredAgoMs }) => answeredAgoMs),
      calls.map(({ failedAgoMs }) => failedAgoMs),
      calls.map(({ code }) => code),
      calls.map(({ failedInARow }) => failedInARow),
      calls.map(({ looksBroken }) => looksBroken),
    ],
  );
}

/** Who asked for a test; stands in its entry. */
export interface AskedBy {
  actor: Actor;
  requestId: string;
}

export interface ClaimedTest {
  system: string;
  id: string;
  fence: number;
  /** Tests asked for so far: all of them get this one's answer. */
  asks: number;
  askedBy: AskedBy | null;
  /** Of the test before it. */
  before: TestResult | null;
}

/** Of those that this worker has: what people asked for first, then what is due. Nothing goes out during a pause. */
export async function claimTests(
  tx: Tx,
  tenant: TenantId,
  own: readonly { system: string; id: string }[],
  { leaseMs, atOnce }: { leaseMs: number; atOnce: number },
): Promise<ClaimedTest[]> {
  if ((await pauseReason(tx, tenant)) !== null) return [];
  const { rows } = await tx.query<ClaimedTest>(
    `update connections c set fence = fence + 1, lease_until = clock_timestamp() + $4 * interval '1 millisecond'
     from (select c.system, c.id from connections c
       join unnest($2::text[], $3::text[]) as own (system, id) using (system, id)
       where c.tenant_id = $1 and (c.asks > c.told or c.test_due_at <= clock_timestamp())
         and (c.lease_until is null or c.lease_until < clock_timestamp())
       order by c.asks > c.told desc, c.test_due_at limit $5 for update of c skip locked) due
     where c.tenant_id = $1 and c.system = due.system and c.id = due.id
     returning c.system, c.id, c.fence, c.asks, c.asked_by as "askedBy", c.result as before`,
    [tenant, own.map(({ system }) => system), own.map(({ id }) => id), leaseMs, atOnce],
  );
  return rows;
}

/** @returns false when another worker has taken it over */
export async function settleTest(
  tx: Tx,
  tenant: TenantId,
  { system, id, fence, asks }: ClaimedTest,
  result: TestResult,
  nextMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update connections set tested_at = clock_timestamp(), result = $6, lease_until = null, told = $5,
       asked_by = case when asks > $5 then asked_by end,
       test_due_at = clock_timestamp() + $7 * interval '1 millisecond'
     where tenant_id = $1 and system = $2 and id = $3 and fence = $4`,
    [tenant, system, id, fence, asks, JSON.stringify(result), nextMs],
  );
  return rowCount === 1;
}

export interface AskableConnection {
  /** Somebody waits for a test already. */
  waiting: boolean;
  asks: number;
  /** Since the last test; null: it was never tested. */
  testedAgoMs: number | null;
}

export async function lockConnection(
  tx: Tx,
  tenant: TenantId,
  system: string,
  id: string,
): Promise<AskableConnection | null> {
  const { rows } = await tx.query<AskableConnection>(
    `select asks > told as waiting, asks,
       floor(extract(epoch from clock_timestamp() - tested_at) * 1000)::bigint as "testedAgoMs"
     from connections where tenant_id = $1 and system = $2 and id = $3 for no key update`,
    [tenant, system, id],
  );
  return rows[0] ?? null;
}

/** @returns which of its tests that is */
export async function askForTest(
  tx: Tx,
  tenant: TenantId,
  system: string,
  id: string,
  by: AskedBy,
): Promise<number> {
  const { rows } = await tx.query<{ asks: number }>(
    `update connections set asks = asks + 1, asked_by = $4
     where tenant_id = $1 and system = $2 and id = $3 returning asks`,
    [tenant, system, id, JSON.stringify(by)],
  );
  return rows[0]?.asks ?? 0;
}

export async function isTold(
  sql: Sql,
  tenant: TenantId,
  system: string,
  id: string,
  ask: number,
): Promise<boolean> {
  const { rows } = await sql.query<{ told: boolean }>(
    'select told >= $4 as told from connections where tenant_id = $1 and system = $2 and id = $3',
    [tenant, system, id, ask],
  );
  return rows[0]?.told ?? false;
}
