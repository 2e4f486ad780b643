import { appendLeaves, type TileAt } from '../../engine/core/audit/tiles.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { multiplyStory } from '../store/multiply-story.ts';

/*
 * Years of an installation in minutes: rows that the engine wrote are copied by the database. The tree of the
 * audit log is computed, so that the log proves what it holds and the engine goes on with it.
 */

export interface Size {
  runs: number;
  deadlines: number;
  holds: number;
  entries: number;
}

/** @param owner over a database in which some runs wait, nothing is pending and no engine works */
export async function fillInstallation(
  owner: Database,
  size: Size,
  say: (line: string) => void,
): Promise<void> {
  const count = async (table: string) =>
    (await owner.query<{ rows: number }>(`select count(*)::int as rows from ${table}`)).rows[0]?.rows ?? 0;
  // Nobody needs half of it after a crash.
  await owner.query('set synchronous_commit = off');
  const stories = await count('runs');
  const times = Math.ceil(size.runs / stories) - 1;
  await multiplyStory(owner, times, 1_000);
  say(`${await count('runs')} runs`);
  await addDeadlines(owner, size.deadlines - (await count('deadlines')), await count('deadlines'));
  say(`${await count('deadlines')} deadlines`);
  await addHolds(owner, size.holds);
  say(`${await count('holds')} holds`);
  await addEntries(owner, size.entries, times, say);
  await owner.query('vacuum analyze');
}

/** More of them on the runs that are there: each in its own place, later than the one before. */
async function addDeadlines(owner: Sql, missing: number, present: number): Promise<void> {
  if (missing <= 0) return;
  await owner.query(
    `insert into deadlines (tenant_id, id, run_id, scope_path, ref, kind, seq, due_at)
     select tenant_id, id || '-more-' || n, run_id, scope_path, ref, kind, seq + 1000 * n, due_at + n * interval '1 minute'
     from deadlines, generate_series(1, $1::int) n limit $2`,
    [Math.ceil(missing / present), missing],
  );
  await owner.query('analyze deadlines');
}

async function addHolds(owner: Sql, holds: number): Promise<void> {
  await owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state, created_at, lease_until, lease_at_end)
     select tenant_id, 'und_size-' || n, id, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', 'size-' || n, 'bench',
       'host', 'size-' || n, 'network-isolated', 'ours', '{"action":"edr.release-host@1"}', 'done',
       clock_timestamp() - n * interval '1 second', clock_timestamp() + interval '30 days' + n * interval '1 second', 'ask'
     from (select tenant_id, id, row_number() over (order by id) as n from runs limit $1) as held`,
    [holds],
  );
  await owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records`,
  );
  await owner.query('analyze undo_records, holds');
}

/** Entries of one transaction: a thousand full tiles. */
const entriesPerPart = 256_000;

interface Template {
  leaf: Uint8Array;
}

async function addEntries(
  owner: Sql,
  wanted: number,
  times: number,
  say: (line: string) => void,
): Promise<void> {
  const { rows: templates } = await owner.query<Template>(
    'select leaf from audit_log where tenant_id = $1 order by idx',
    [defaultTenant],
  );
  const { rows: stored } = await owner.query<{ level: number; n: number; hashes: Uint8Array }>(
    'select level, n, hashes from audit_tile where tenant_id = $1',
    [defaultTenant],
  );
  const nameOf = ({ level, n }: TileAt) => `${level}/${n}`;
  const edge = new Map(stored.map((tile) => [nameOf(tile), tile.hashes]));
  const known = templates.length;
  for (let size = known; size < wanted; ) {
    const part = Math.min(entriesPerPart, wanted - size);
    const leaves = Array.from({ length: part }, (_, at) => (templates[(size + at) % known] as Template).leaf);
    const grown = appendLeaves(size, (at) => edge.get(nameOf(at)), leaves);
    await owner.query(insertEntries, [defaultTenant, size, part, known, times]);
    await owner.query(insertTiles, [
      defaultTenant,
      grown.changed.map(({ level }) => level),
      grown.changed.map(({ n }) => n),
      grown.changed.map(({ hashes }) => hashes),
    ]);
    await owner.query('update audit_log_meta set size = $2 where tenant_id = $1', [
      defaultTenant,
      grown.size,
    ]);
    const full = edge.size;
    if (full > 10_000) edge.clear();
    for (const tile of grown.changed) edge.set(nameOf(tile), tile.hashes);
    size = grown.size;
    if (Math.floor(size / 2_000_000) > Math.floor((size - part) / 2_000_000)) say(`${size} entries`);
  }
}

/* $2 the first index, $3 how many, $4 how many templates: entries of the copies of the runs, in turn. */
const insertEntries = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, run_id, type, at)
select $1, t.log_id, n, t.entry, t.leaf, 'size-' || n, t.run_id || '-' || (1 + (n / $4) % $5), t.type,
  clock_timestamp() - interval '1 year' + n * interval '1 millisecond'
from generate_series($2::bigint, $2::bigint + $3::bigint - 1) as n
join audit_log t on t.tenant_id = $1 and t.idx = n % $4::bigint
order by n`;

const insertTiles = `
insert into audit_tile as tile (tenant_id, log_id, level, n, hashes)
select $1, (select log_id from audit_log_meta where tenant_id = $1), level, n, hashes
from unnest($2::int[], $3::bigint[], $4::bytea[]) as grown (level, n, hashes)
on conflict (tenant_id, log_id, level, n) do update set hashes = excluded.hashes`;
