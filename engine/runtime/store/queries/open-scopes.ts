import type { TenantId } from '../../../../schemas/ids.ts';
import type { LoopOrder } from '../../../core/contracts/command.ts';
import type { Frame, LoopItem, ScopeKind } from '../../../core/contracts/scope.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Tx } from '../sql.ts';

export interface FrameRow {
  run_id: string;
  path: string;
  frame: Frame;
  loop: LoopOrder | null;
}

export interface NewScopeRow {
  run_id: string;
  path: string;
  kind: ScopeKind;
  body: string;
  /** Null: the loop of an undo after the run's end, which no step waits for. */
  parent: string | null;
  frame_path: string;
  item: LoopItem | null;
  place: number[];
}

/** Every round of a `repeat` sees the same outside: the first one's frame stays. */
const frames = `
insert into frames (tenant_id, run_id, path, frame, loop)
select $1, run_id, path, frame, loop from json_to_recordset($2::json) as x(run_id text, path text, frame json, loop json)
on conflict (tenant_id, run_id, path) do nothing`;

const scopes = `
insert into scopes (tenant_id, run_id, path, version, snapshot, kind, body, parent, frame_path, idx, item, place, live)
select $1, run_id, path, 0, null, kind, body, parent, frame_path, (item->>'index')::int, item,
  array(select p::int from json_array_elements_text(place) as p), 'created'
from json_to_recordset($2::json) as x(run_id text, path text, kind text, body text, parent text, frame_path text,
  item json, place json)`;

export async function openScopes(
  tx: Tx,
  tenant: TenantId,
  rows: { frames: readonly FrameRow[]; scopes: readonly NewScopeRow[] },
): Promise<void> {
  const many = async (text: string, some: readonly unknown[]) => {
    if (some.length > 0) await tx.query(text, [tenant, JSON.stringify(some)]);
  };
  await Promise.all([many(frames, rows.frames), many(scopes, rows.scopes)]);
}

/** What one scope tells others. Who exactly is meant is looked up when it is written. */
export type Letter =
  /** To one scope, also of another run. */
  | { to: 'scope'; run_id: string; path: string; event: object }
  /** To the items of a loop from one index up to, not including, another. */
  | { to: 'begin'; run_id: string; path: string; from: number; until: number }
  /** To every item of a loop that has begun and is not ended. */
  | { to: 'items'; run_id: string; path: string }
  /** To the loop or the rounds that a step of this scope opened. */
  | { to: 'opened'; run_id: string; path: string; ref: string };

const toScope = `
insert into messages (tenant_id, run_id, scope_path, event)
select $1, run_id, path, event from json_to_recordset($2::json) as x(run_id text, path text, event json)
returning run_id as "runId", scope_path as path`;

const toBegin = `
insert into messages (tenant_id, run_id, scope_path, event)
select $1, s.run_id, s.path, '{"type":"scope.begin"}'::json
from json_to_recordset($2::json) as x(run_id text, path text, "from" int, until int)
join scopes s on s.tenant_id = $1 and s.run_id = x.run_id and s.parent = x.path and s.idx >= x."from" and s.idx < x.until
order by s.run_id, s.parent, s.idx
returning run_id as "runId", scope_path as path`;

const toItems = `
insert into messages (tenant_id, run_id, scope_path, event)
select $1, s.run_id, s.path, '{"type":"scope.halt"}'::json
from json_to_recordset($2::json) as x(run_id text, path text)
join scopes s on s.tenant_id = $1 and s.run_id = x.run_id and s.parent = x.path
  and (s.live in ('running', 'waiting') or (s.live = 'created' and exists (select 1 from messages m
    where m.tenant_id = $1 and m.run_id = s.run_id and m.scope_path = s.path)))
order by s.run_id, s.parent, s.idx
returning run_id as "runId", scope_path as path`;

const toOpened = `
insert into messages (tenant_id, run_id, scope_path, event)
select $1, s.run_id, s.path, '{"type":"scope.halt"}'::json
from json_to_recordset($2::json) as x(run_id text, path text, ref text)
join scopes s on s.tenant_id = $1 and s.run_id = x.run_id and s.parent = x.path and s.live <> 'ended'
  and (s.path = x.ref or left(s.path, length(x.ref) + 1) = x.ref || '#')
returning run_id as "runId", scope_path as path`;

/** Begins before halts: an item begun and halted by one decision hears both in that order. */
const orderOfLetters = [
  ['scope', toScope],
  ['begin', toBegin],
  ['items', toItems],
  ['opened', toOpened],
] as const;

/** Returns who was told something, for nudging after the commit. */
export async function sendLetters(
  tx: Tx,
  tenant: TenantId,
  letters: readonly Letter[],
): Promise<ScopeName[]> {
  const told = await Promise.all(
    orderOfLetters.map(async ([to, text]) => {
      const rows = letters.filter((letter) => letter.to === to);
      return rows.length === 0 ? [] : (await tx.query<ScopeName>(text, [tenant, JSON.stringify(rows)])).rows;
    }),
  );
  return told.flat();
}
