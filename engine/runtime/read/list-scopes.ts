import type { TenantId } from '../../../schemas/ids.ts';
import { isJsonObject, type Json } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { hiderFor } from './hide-in-runs.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';

/*
 * What runs inside a step: the items of a `foreach`, the rounds of a `repeat`, what an `undo` takes
 * back. There may be 5,000 of them, so they are counted, paged, and the few that need a person are found.
 */

export interface ScopeItem {
  path: string;
  kind: 'item' | 'round' | 'undo';
  /** Path of the step that it runs inside of. */
  step: string;
  /** Path of the scope that this step belongs to. */
  outer: string;
  /** Counted from 0. */
  index: number;
  key: string | null;
  /** `queued`, `running`, `waiting`, or how it ended. */
  state: string;
  /** What the loop handed to it. */
  value: Json;
}

export interface ScopeFilter {
  run: string;
  step?: string | undefined;
  state?: string[] | undefined;
}

export interface ScopeCount {
  step: string;
  state: string;
  count: number;
}

const stepOf = `case sc.kind when 'round' then regexp_replace(sc.path, '#[0-9]+$', '') else sc.parent end`;
const stateOf = `case sc.live when 'created' then 'queued' when 'ended' then coalesce(sc.result->>'status', 'skipped')
  else sc.live end`;
const inner = `sc.kind in ('item', 'round', 'undo')`;

interface Row {
  path: string;
  kind: ScopeItem['kind'];
  step: string;
  outer_path: string;
  number: number;
  item: Json;
  state: string;
}

const columns = `sc.path, sc.kind, ${stepOf} as step, ${stateOf} as state, sc.item,
  case sc.kind when 'round' then sc.parent else (select coalesce(loop.parent, 'run') from scopes loop
    where loop.tenant_id = sc.tenant_id and loop.run_id = sc.run_id and loop.path = sc.parent) end as outer_path,
  case sc.kind when 'round' then substring(sc.path from '#([0-9]+)$')::int - 1 else sc.idx end as number`;

/** In list order. */
export async function listScopes(
  sql: Sql,
  tenant: TenantId,
  filter: ScopeFilter,
  request: PageRequest,
): Promise<Page<ScopeItem>> {
  const conditions = conditionsFor('sc.tenant_id', tenant);
  conditions.clauses.push(inner);
  add(conditions, 'sc.run_id = ?', filter.run);
  add(conditions, `${stepOf} = ?`, filter.step);
  add(conditions, `${stateOf} = any(?)`, filter.state);
  const page = await readPage<Row, ScopeItem>(sql, request, {
    question: questionOf('scopes', filter),
    columns,
    from: 'scopes sc',
    conditions,
    sortColumn: 'sc.place',
    sortKind: 'place',
    idColumn: 'sc.path',
    descending: false,
    toItem,
  });
  return { ...page, items: await withoutHidden(sql, tenant, filter.run, page.items) };
}

export async function countScopes(
  sql: Sql,
  tenant: TenantId,
  run: string,
  steps: readonly string[],
): Promise<ScopeCount[]> {
  if (steps.length === 0) return [];
  const { rows } = await sql.query<ScopeCount>(
    `select ${stepOf} as step, ${stateOf} as state, count(*)::int as count from scopes sc
     where sc.tenant_id = $1 and sc.run_id = $2 and ${inner} and ${stepOf} = any($3) group by 1, 2 order by 1, 2`,
    [tenant, run, steps],
  );
  return rows;
}

/** Of each loop the few that a person wants to see first: failed, waiting, under way, then the first or newest. */
export async function foremostScopes(
  sql: Sql,
  tenant: TenantId,
  run: string,
  perStep: number,
): Promise<ScopeItem[]> {
  const { rows } = await sql.query<Row>(
    `select * from (
       select ${columns}, sc.place, row_number() over (partition by ${stepOf} order by
         case ${stateOf} when 'failed' then 0 when 'denied' then 1 when 'waiting' then 2 when 'running' then 3 else 4 end,
         case sc.kind when 'round' then -sc.place[array_length(sc.place, 1)] end, sc.place) as nth
       from scopes sc where sc.tenant_id = $1 and sc.run_id = $2 and ${inner}) ranked
     where nth <= $3 order by place, path limit 60`,
    [tenant, run, perStep],
  );
  return withoutHidden(sql, tenant, run, rows.map(toItem));
}

async function withoutHidden(
  sql: Sql,
  tenant: TenantId,
  run: string,
  items: readonly ScopeItem[],
): Promise<ScopeItem[]> {
  const hide = await hiderFor(sql, tenant, items.length === 0 ? [] : [run]);
  return items.map((item) => ({ ...item, value: hide.element(run, item.step, item.value) }));
}

function toItem(row: Row): ScopeItem {
  const { path, kind, step, state, item } = row;
  const loopItem = isJsonObject(item) ? item : {};
  return {
    path,
    kind,
    step,
    outer: row.outer_path,
    index: row.number,
    key: typeof loopItem.key === 'string' ? loopItem.key : null,
    state,
    value: loopItem.value ?? null,
  };
}
