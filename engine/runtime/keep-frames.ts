import type { TenantId } from '../../schemas/ids.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { type ScopeName, scopeKey } from './scope-name.ts';
import type { Database } from './store/database.ts';
import { readFrames, type StoredFrame } from './store/queries/read-frames.ts';
import type { Sql } from './store/sql.ts';

/** Frames in use at one time. One may hold the outputs of every earlier step, so not thousands. */
const keptMax = 200;

/**
 * Reads frames and keeps them: one is shared by all items of its loop and never changes once
 * committed, and scopes that see it exist only from then on; as long as the database is the one that committed it.
 */
export type LoadFrames = (sql: Sql, names: readonly ScopeName[]) => Promise<(name: ScopeName) => StoredFrame>;

export function createFrameLoader({ turns }: Pick<Database, 'turns'>, tenant: TenantId): LoadFrames {
  let kept = new Map<string, StoredFrame>();
  let turn = turns();
  return async (sql, names) => {
    if (turn !== turns()) {
      turn = turns();
      kept = new Map();
    }
    // Of this turn: what is read now and answered after the next one is kept by nobody.
    const mine = kept;
    const wanted = new Map(names.map((name) => [scopeKey(name), name]));
    const found = new Map<string, StoredFrame>();
    for (const key of wanted.keys()) {
      const known = mine.get(key);
      if (known === undefined) continue;
      found.set(key, known);
      wanted.delete(key);
    }
    if (wanted.size > 0) {
      for (const row of await readFrames(sql, tenant, [...wanted.values()])) {
        const frame = { frame: row.frame, loop: row.loop };
        found.set(scopeKey(row), frame);
        mine.set(scopeKey(row), frame);
        if (mine.size > keptMax) mine.delete(mine.keys().next().value ?? '');
      }
    }
    return (name) => {
      const frame = found.get(scopeKey(name));
      invariant(frame !== undefined, `the frame of ${name.path} is gone`);
      return frame;
    };
  };
}
