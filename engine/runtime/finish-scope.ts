import type { RunEvent } from '../core/contracts/command.ts';
import { invariant } from '../core/contracts/invariant.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import { finishUndo } from './finish-undo.ts';
import { gatherResults } from './store/queries/gather-results.ts';
import type { Moving, World } from './world.ts';

/** Language reference 9.16: the output of one step is at most this large, that of a loop included. */
const outputBytesMax = 256 * 1024;

/*
 * The end of an inner scope: its result stays in its row, and whoever opened it is told. A loop's
 * parent is told what its items gave, but only as far as the plan says that somebody reads it.
 */
export async function finishScope(world: World, moving: Moving, result: ScopeResult): Promise<ScopeResult> {
  const { scope } = moving;
  const { batch } = world;
  batch.endedScopes.push({ run_id: scope.runId, path: scope.path });
  const whole = scope.kind === 'loop' ? await withItems(world, moving, result) : result;
  if (scope.parent === null) {
    await finishUndo(world, moving, whole);
    return whole;
  }
  batch.letters.push({
    to: 'scope',
    run_id: scope.runId,
    path: scope.parent,
    event: newsOf(moving, whole),
  });
  if (scope.kind === 'loop') batch.closedLoops.push({ run_id: scope.runId, path: scope.path });
  return whole;
}

function newsOf({ scope }: Moving, result: ScopeResult): RunEvent {
  switch (scope.kind) {
    case 'item':
    case 'undo': {
      invariant(scope.item !== null, `${scope.path} is no item`);
      const { index, key } = scope.item;
      // The loop counts; what the item gave is gathered from its row.
      return { type: 'item.finished', index, key, result: { ...result, outputs: {}, collected: null } };
    }
    case 'loop':
      return { type: 'scope.finished', ref: scope.path, scope: scope.path, result };
    case 'round':
      return { type: 'scope.finished', ref: scope.path.replace(/#\d+$/, ''), scope: scope.path, result };
    case 'run':
      throw new Error('a run ends with finish-run');
  }
}

async function withItems(world: World, moving: Moving, result: ScopeResult): Promise<ScopeResult> {
  const { scope, loop } = moving;
  if (loop === null || (!loop.collects && !loop.readsItems)) return result;
  const gathered = await gatherResults(world.tx, world.parts.tenant, scope, {
    collects: loop.collects,
    readsItems: loop.readsItems,
    unbegun: result.status === 'cancelled' ? 'cancelled' : 'skipped',
    bytesMax: outputBytesMax,
  });
  if (gathered.bytes > outputBytesMax) {
    const message = `what the items gave has ${gathered.bytes} bytes; at most ${outputBytesMax} are kept`;
    const failure = { code: 'run/output-too-large', kind: 'terminal' as const, message };
    return { ...result, status: 'failed', failure: { step: scope.path, failure } };
  }
  return {
    ...result,
    outputs: {
      ...result.outputs,
      ...(loop.collects ? { collected: gathered.collected } : {}),
      ...(loop.readsItems ? { items: gathered.items } : {}),
    },
  };
}
