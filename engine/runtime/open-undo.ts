import type { RunId } from '../../schemas/ids.ts';
import { itemPath } from '../core/run/scope-path.ts';
import type { OpenLoop } from '../core/undo/undo-after-end.ts';
import type { Batch } from './batch.ts';

/** Behind every step, and behind an undo that a step or a cancel ordered. */
const behindAll = 2_000_000;

/** Rows for an undo that no step ordered: a loop without a parent, and one scope per record. */
export function openUndo(
  batch: Batch,
  runId: RunId,
  order: OpenLoop,
  shown: { number: number; name: string; nowMs: number },
): void {
  const { number, name, nowMs } = shown;
  const { ref, loop, frame, items } = order;
  const place = [behindAll + number];
  const shared = { run_id: runId, body: loop.body, frame_path: ref };
  batch.frames.push({ run_id: runId, path: ref, frame, loop });
  batch.newScopes.push({ ...shared, path: ref, kind: 'loop', parent: null, item: null, place });
  for (const item of items) {
    const path = itemPath(ref, item.key);
    batch.newScopes.push({ ...shared, path, kind: 'undo', parent: ref, item, place: [...place, item.index] });
  }
  batch.steps.push({
    run_id: runId,
    path: ref,
    scope_path: 'run',
    position: place[0] ?? 0,
    place,
    kind: 'undo',
    name,
    action: null,
    status: 'active',
    phase: 'inside',
    attempts: 0,
    target_kind: null,
    target_id: null,
    simulated: false,
    outputs: {},
    failure: null,
    denial: null,
    approval: null,
    started_ms: nowMs,
    finished_ms: null,
  });
  batch.letters.push({ to: 'scope', run_id: runId, path: ref, event: { type: 'scope.begin' } });
}
