import { changesTargets, type Failure } from '../contracts/action.ts';
import type { ForeachStep, RepeatStep } from '../contracts/plan.ts';
import { walk } from '../run/list-steps.ts';
import { roundPath } from '../run/scope-path.ts';
import { runPath } from '../run/turn.ts';
import { askOf } from './ask-of.ts';
import { failInside, failSurely, livesWithLess, maybe, mayFail, terminal } from './fail-step.ts';
import { listItems } from './list-items.ts';
import type { PreviewCondition, PreviewStep } from './preview.ts';
import { conditionOf } from './preview-value.ts';
import { blur, blurOutputs, openInner, pathIn, type Room, settle, sightOf } from './room.ts';
import { showDuration } from './show-duration.ts';
import { endBlock } from './walk-choice.ts';
import { walkItems, walkUnknown } from './walk-items.ts';
import type { Walked, Walker } from './walker.ts';

/* Loops: each known element by itself, an unknown list once for all; of a `repeat` the first round. */

/** Language reference 9.16. */
const roundsMax = 100;

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
  const inside = { ...room, listAsked };
  const { mayEnd, fails, stops } =
    items === null ? walkUnknown(walker, inside, step, node) : walkItems(walker, inside, step, node, items);
  // A no to the list is something that the run may live with.
  if (fails !== null && step.onDenied !== 'continue')
    return failInside(walker, room, step, node, fails, mayEnd);
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: failure.maybe || mayEnd || fails !== null, stops };
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
  return { node, end: null, maybe: mayEnd || failure.maybe, stops: flow.stops };
}

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
