import type { RunEvent } from '../core/contracts/command.ts';
import { invariant } from '../core/contracts/invariant.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import { outputBytesMax } from '../core/run/inner-scope.ts';
import { finishUndo } from './finish-undo.ts';
import { keepExcess, saidOf } from './keep-results.ts';
import { gatherResults, keepGathered, type Wanted } from './store/queries/gather-results.ts';
import { artifactBytesMax } from './store/queries/insert-artifact.ts';
import type { Moving, World } from './world.ts';

/*
 * The end of an inner scope: its result stays in its row, and whoever opened it is told. A loop's
 * parent is told what its items gave, but only as far as the plan says that somebody reads it.
 */
export async function finishScope(world: World, moving: Moving, result: ScopeResult): Promise<ScopeResult> {
  const { scope } = moving;
  const { batch } = world;
  batch.endedScopes.push({ run_id: scope.runId, path: scope.path });
  const whole = await wholeOf(world, moving, result);
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
      return { type: 'scope.finished', ref: stepOfRound(scope), scope: scope.path, result };
    case 'run':
      throw new Error('a run ends with finish-run');
  }
}

/** What whoever is told can take. */
async function wholeOf(world: World, moving: Moving, result: ScopeResult): Promise<ScopeResult> {
  switch (moving.scope.kind) {
    case 'loop':
      return withItems(world, moving, result);
    case 'round':
      return ofRound(world, moving, result);
    default:
      return result;
  }
}

function stepOfRound({ path }: Moving['scope']): string {
  return path.replace(/#\d+$/, '');
}

async function ofRound(world: World, { scope }: Moving, result: ScopeResult): Promise<ScopeResult> {
  const step = stepOfRound(scope);
  const excess = await keepExcess(world, { runId: scope.runId, path: step }, { last: result.outputs });
  if (excess === null) return result;
  const { failure, outputs } = excess;
  // One that failed keeps its own reason.
  if (result.status !== 'succeeded') return { ...result, outputs };
  return { ...result, status: 'failed', failure: { step, failure }, outputs };
}

async function withItems(world: World, moving: Moving, result: ScopeResult): Promise<ScopeResult> {
  const { scope, loop } = moving;
  if (loop === null || (!loop.collects && !loop.readsItems)) return result;
  const { tx, parts } = world;
  const wanted: Wanted = {
    collects: loop.collects,
    readsItems: loop.readsItems,
    unbegun: result.status === 'cancelled' ? 'cancelled' : 'skipped',
    summary: result.outputs.summary ?? {},
  };
  const gathered = await gatherResults(tx, parts.tenant, scope, wanted, outputBytesMax);
  if (gathered.bytes > outputBytesMax) {
    const message = `what the items gave has ${gathered.bytes} bytes; at most ${outputBytesMax} are kept`;
    // Otherwise it would be put together once more for nothing, and others wait for this transaction.
    const kept =
      gathered.bytes > artifactBytesMax
        ? null
        : await keepGathered(tx, parts.tenant, scope, wanted, parts.mint('ArtifactId'));
    const { failure } = saidOf({ code: 'run/output-too-large', kind: 'terminal', message }, kept);
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
