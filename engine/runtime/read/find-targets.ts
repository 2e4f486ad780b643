import type { TenantId } from '../../../schemas/ids.ts';
import type { TargetKind } from '../../core/contracts/action.ts';
import { canonicalTarget } from '../../core/guard/canonical-target.ts';
import type { Sql } from '../store/sql.ts';
import { containing } from './conditions.ts';
import { readTarget, type Target } from './target.ts';

/*
 * Which targets somebody means who types an id, `kind:id` or a part of a name. Ids are looked up among all that an alert
 * ever named or a run changed, and so are names by how they begin; any other part of a name, which no index has, among
 * those of the newest alerts.
 */

const kinds: { readonly [kind in TargetKind]: true } = {
  host: true,
  user: true,
  mail: true,
  mailbox: true,
  rule: true,
  file: true,
  ip: true,
  domain: true,
  incident: true,
  channel: true,
};

/** A few hours of a large installation; each with as many targets as a list shows. */
export const newestAlerts = 2_000;
const targetsMax = 20;

const byId = `
select x.kind, x.id, coalesce(
    (select f.facts->>'name' from target_facts f where f.tenant_id = $1 and f.kind = x.kind and f.target_id = x.id),
    (select n.name from alert_targets n where n.tenant_id = $1 and n.kind = x.kind and n.target_id = x.id limit 1)) as name
from unnest($2::text[], $3::text[]) as x (kind, id)
where exists (select 1 from alert_targets n where n.tenant_id = $1 and n.kind = x.kind and n.target_id = x.id)
  or exists (select 1 from undo_records u where u.tenant_id = $1 and u.target_kind = x.kind and u.target_id = x.id)`;

/** As `alert_targets_by_name` has them (migration 0050). */
const began = (row: string) =>
  `left(lower(${row}.name), 60) collate "C", ${row}.kind, left(${row}.target_id, 128)`;
const inOrder = (row: string) =>
  `${row}.tenant_id = $1 and ${row}.name is not null and left(lower(${row}.name), 60) collate "C"`;
const next = (where: string) => `
  select left(lower(n.name), 60) collate "C" as began, n.kind, left(n.target_id, 128) as near, n.target_id as id, n.name
  from alert_targets n where ${where} order by ${began('n')} limit 1`;

/*
 * In: tenant, how the name begins. One look into the index for each target: one that a hundred thousand alerts name is
 * stepped over at once. Behind the last letter that there is no name begins with these.
 */
const byBeginning = `
with recursive words as (select left(lower($2::text), 60) collate "C" as first),
found as (
  (select x.* from words cross join lateral (${next(`${inOrder('n')} >= words.first and ${inOrder('n')} < words.first || chr(1114111)`)}) x)
  union all
  select x.* from found f cross join words cross join lateral (${next(`${inOrder('n')} < words.first || chr(1114111)
    and (${began('n')}) > (f.began, f.kind, f.near)`)}) x
)
select kind, id, name from found where starts_with(lower(name), lower($2)) limit ${targetsMax}`;

const byPart = `
select distinct n.kind, n.target_id as id, n.name
from (select id from alerts where tenant_id = $1 order by received_at desc, id desc limit ${newestAlerts}) newest
cross join lateral (select kind, target_id, name from alert_targets
  where tenant_id = $1 and alert_id = newest.id order by kind, target_id limit ${targetsMax}) n
where n.name ilike $2
order by n.kind, n.target_id limit ${targetsMax}`;

/** At most twenty of each way, those that the id names on top. */
export async function findTargets(sql: Sql, tenant: TenantId, words: string): Promise<Target[]> {
  const asked = spellings(words);
  const [named, begun, like] = await Promise.all([
    sql.query<Target>(byId, [tenant, asked.map(({ kind }) => kind), asked.map(({ id }) => id)]),
    sql.query<Target>(byBeginning, [tenant, words]),
    sql.query<Target>(byPart, [tenant, containing(words)]),
  ]);
  const found = new Map<string, Target>();
  for (const target of [...named.rows, ...begun.rows, ...like.rows]) {
    const key = JSON.stringify([target.kind, target.id]);
    if (!found.has(key)) found.set(key, target);
  }
  return [...found.values()];
}

/** As it was typed, and as it is compared: `WS-1.example.org.` is `ws-1.example.org`. */
function spellings(words: string): { kind: string; id: string }[] {
  const named = readTarget(words);
  const exact = named !== null && Object.hasOwn(kinds, named.kind) ? [named] : [];
  const any = Object.keys(kinds).map((kind) => ({ kind, id: words }));
  const typed = [...exact, ...any];
  const compared = typed.map(({ kind, id }) => ({ kind, id: canonicalTarget(kind, id) }));
  const all = new Map([...typed, ...compared].map((each) => [JSON.stringify([each.kind, each.id]), each]));
  return [...all.values()];
}
