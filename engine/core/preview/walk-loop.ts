import { changesTargets, type Failure } from '../contracts/action.ts';
import type { ForeachStep, RepeatStep } from '../contracts/plan.ts';
import type { LoopItem } from '../contracts/scope.ts';
import { walk } from '../run/list-steps.ts';
import { itemPath, roundPath } from '../run/scope-path.ts';
import { runPath } from '../run/turn.ts';
import { askOf } from './ask-of.ts';
import { failInside, failSurely, livesWithLess, maybe, mayFail, terminal } from './fail-step.ts';
import { listItems } from './list-items.ts';
import type { PreviewCondition, PreviewStep } from './preview.ts';
import { conditionOf } from './preview-value.ts';
import { blur, blurOutputs, openInner, pathIn, type Room, settle, sightOf } from './room.ts';
import { showDuration } from './show-duration.ts';
import { endBlock } from './walk-choice.ts';
import type { Walked, Walker } from './walker.ts';

/* Loops: each known element by itself, an unknown list once for all; of a `repeat` the first round. */

/** Elements shown in full. More of the same would hide the rest of the plan; all keys are listed. */
export const itemsShown = 20;

export function walkForeach(walker: Walker, room: Room, step: ForeachStep, node: PreviewStep): Walked {
  node.about = `each ${step.as} of ${step.list.trim()}, ${step.maxParallel} at a time`;
  const listed = listItems(room, step);
  if (listed.is === 'error')
    return failSurely(walker, room, step, node, terminal(listed.code, listed.message));
  const items = listed.is === 'items' ? listed.items : null;
  node.items = items?.map((item) => item.key) ?? null;
  if (items?.length === 0) {
    node.notes.push('the list is empty');
    const summary = { total: 0, succeeded: 0, failed: 0, denied: 0, skipped: 0, cancelled: 0 };
    const collected = step.collect === null ? {} : { collected: [] };
    settle(room, step, {
      status: 'succeeded',
      outputs: { summary, ...collected, ...(step.readsItems ? { items: [] } : {}) },
    });
    return { node, end: null, maybe: false };
  }
  node.ask = askOf(room, step, {
    demandable: [...walk(step.steps, true)].some(
      (inner) => inner.kind === 'action' && changesTargets(inner.action.class),
    ),
    list: node.items,
  });
  if (listed.is === 'open') node.notes.push(`the list depends on ${listed.dependsOn.join(', ')}`);
  if (items !== null) node.notes.push(`${items.length} in the list`);
  const listAsked = room.listAsked || node.ask?.asks === 'yes';
  const mayEnd =
    items === null
      ? [walkItem(walker, { ...room, listAsked }, step, node, null)]
      : items.slice(0, itemsShown).map((item) => walkItem(walker, { ...room, listAsked }, step, node, item));
  if (items !== null && items.length > itemsShown)
    node.notes.push(`the first ${itemsShown} are shown; ${items.length - itemsShown} more are like them`);
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: failure.maybe || mayEnd.some((each) => each) };
}

/** Whether something in the item may end the whole run. */
function walkItem(
  walker: Walker,
  room: Room,
  step: ForeachStep,
  node: PreviewStep,
  item: LoopItem | null,
): boolean {
  const ref = runPath(room.context, step.path);
  const unknown: LoopItem = { index: 0, key: '', value: null };
  const inner = openInner(
    room,
    step,
    { kind: 'item', path: item === null ? `${ref}[…]` : itemPath(ref, item.key), item: item ?? unknown },
    item === null ? [[step.as], ['index']] : [],
  );
  const reached = item === null ? maybe(node.reached) : node.reached;
  const flow = walker.sequence(inner, step.steps, reached);
  const label = item === null ? `each ${step.as}` : `${step.as} ${item.key}`;
  node.blocks.push({ role: 'item', label, condition: null, reached, steps: flow.steps });
  // An item that fails or is denied is counted by the loop; only a stop goes further.
  return flow.maybe || flow.end?.by === 'stop';
}

export function walkRepeat(walker: Walker, room: Room, step: RepeatStep, node: PreviewStep): Walked {
  const every = step.everyMs > 0 ? `, every ${showDuration(step.everyMs)}` : '';
  node.about = `until ${step.until.trim()}, at most ${step.max} times${every}`;
  const ref = runPath(room.context, step.path);
  const inner = openInner(room, step, { kind: 'round', path: roundPath(ref, 1), item: null }, []);
  const flow = walker.sequence(inner, step.steps, node.reached);
  node.blocks.push({
    role: 'round',
    label: 'first round',
    condition: null,
    reached: node.reached,
    steps: flow.steps,
  });
  if (flow.end !== null) return endBlock(walker, room, step, node, flow);
  const first = conditionOf(step.until, sightOf(inner));
  const over = first.outcome === 'true';
  if (over) node.notes.push('ends after the first round');
  // What was read in the first round says nothing about the others.
  const firstWasRead = [...walker.reads.keys()].some((read) =>
    read.startsWith(`${pathIn(room, step.path)}#1/`),
  );
  const later = over || !firstWasRead || step.max === 1 ? null : laterRounds(walker, room, step, node, ref);
  const mayEnd = flow.maybe || later?.mayEnd === true;
  const never = neverOver(step, first, later === null ? first : later.until);
  if (never !== null) return failInside(walker, room, step, node, never, mayEnd);
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: mayEnd || failure.maybe };
}

/** Language reference 9.16. */
const roundsMax = 100;

/** Why no round ends it well: `until` cannot be asked, or is false in the first and in all others. */
function neverOver(
  step: RepeatStep,
  first: PreviewCondition,
  later: PreviewCondition | null,
): Failure | null {
  const until = first.outcome === 'false' ? later : first;
  if (until?.outcome === 'error') return terminal('run/expression-failed', `until: ${until.message}`);
  if (until?.outcome !== 'false') return null;
  const rounds = Math.min(step.max, roundsMax);
  return terminal('run/repeat-exhausted', `"until" is still false after ${rounds} rounds`);
}

interface LaterRounds {
  /** Something in there may end the run. */
  mayEnd: boolean;
  /** Null when none comes that far. */
  until: PreviewCondition | null;
}

function laterRounds(
  walker: Walker,
  room: Room,
  step: RepeatStep,
  node: PreviewStep,
  ref: string,
): LaterRounds {
  const inner = openInner(room, step, { kind: 'round', path: `${ref}#…`, item: null }, []);
  const reached = maybe(node.reached);
  const flow = walker.sequence(inner, step.steps, reached);
  node.blocks.push({ role: 'round', label: 'later rounds', condition: null, reached, steps: flow.steps });
  const ends = flow.end !== null;
  return { mayEnd: flow.maybe || ends, until: ends ? null : conditionOf(step.until, sightOf(inner)) };
}
