import type { TenantId } from '../../../schemas/ids.ts';
import { type Health, judgeHealth } from '../../core/connection/judge-health.ts';
import type { TestResult } from '../../core/connection/judge-probe.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface ConnectionItem {
  /** `<system>.<connection>`. */
  id: string;
  system: string;
  name: string;
  health: Health;
  /** Origins by setting; for those who may test. */
  addresses: { [setting: string]: string };
  seenAt: string;
  answeredAt: string | null;
  failedAt: string | null;
  failureCode: string | null;
  failedInARow: number;
  testedAt: string | null;
  /** Null: never tested. */
  test: TestResult | null;
  /** Somebody waits for a test. */
  waiting: boolean;
}

interface Row {
  id: string;
  system: string;
  name: string;
  addresses: { [setting: string]: string };
  seenAt: Date;
  answeredAt: Date | null;
  failedAt: Date | null;
  failureCode: string | null;
  failedInARow: number;
  testedAt: Date | null;
  result: TestResult | null;
  waiting: boolean;
  now: Date;
}

/** What no worker has had for so long is gone from the file that named it. */
const forgottenAfter = "interval '7 days'";
const fullId = "c.system || '.' || c.id";

export function listConnections(
  sql: Sql,
  tenant: TenantId,
  filter: { id?: string | undefined },
  request: PageRequest,
): Promise<Page<ConnectionItem>> {
  const conditions = conditionsFor('c.tenant_id', tenant);
  conditions.clauses.push(`c.seen_at > clock_timestamp() - ${forgottenAfter}`);
  add(conditions, `${fullId} = ?`, filter.id);
  return readPage<Row, ConnectionItem>(sql, request, {
    question: questionOf('connections', filter),
    columns: `${fullId} as id, c.system, c.id as name, c.addresses, c.seen_at as "seenAt", c.answered_at as "answeredAt",
      c.failed_at as "failedAt", c.failure_code as "failureCode", c.failed_in_a_row as "failedInARow",
      c.tested_at as "testedAt", c.result, c.asks > c.told as waiting, clock_timestamp() as now`,
    from: 'connections c',
    conditions,
    sortColumn: fullId,
    sortKind: 'text',
    idColumn: fullId,
    descending: false,
    toItem,
  });
}

export async function readConnection(sql: Sql, tenant: TenantId, id: string): Promise<ConnectionItem | null> {
  const { items } = await listConnections(sql, tenant, { id }, { limit: 1 });
  return items[0] ?? null;
}

function toItem({ result: test, now, ...row }: Row): ConnectionItem {
  const { id, system, name, addresses, failureCode, failedInARow, waiting } = row;
  const known = {
    seenAtMs: row.seenAt.getTime(),
    answeredAtMs: row.answeredAt?.getTime() ?? null,
    failedAtMs: row.failedAt?.getTime() ?? null,
    testedAtMs: row.testedAt?.getTime() ?? null,
    testState: test?.state ?? null,
    failureCode,
    failedInARow,
  };
  return {
    id,
    system,
    name,
    health: judgeHealth(known, now.getTime()),
    addresses,
    seenAt: timeOf(row.seenAt),
    answeredAt: timeOf(row.answeredAt),
    failedAt: timeOf(row.failedAt),
    failureCode,
    failedInARow,
    testedAt: timeOf(row.testedAt),
    test,
    waiting,
  };
}
