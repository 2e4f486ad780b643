import type { Failure } from '../contracts/action.ts';
import type { ForeachStep } from '../contracts/plan.ts';
import type { LoopItem } from '../contracts/scope.ts';
import { itemPath } from '../run/scope-path.ts';
import { runPath } from '../run/turn.ts';
import { maybe, terminal } from './fail-step.ts';
import type { PreviewBlock, PreviewStep, Reached } from './preview.ts';
import { certainError } from './preview-value.ts';
import { openInner, type Room, sightOf } from './room.ts';
import { type Beside, cutOff, takeOut, walkBeside } from './walk-beside.ts';
import type { Ending, Walker } from './walker.ts';

/*
 * The elements of a loop. Each of a known list is looked at, since one may end what the others begin; shown are
 * the first and those that go another way than they.
 */

/** Elements shown in any case. More of the same would hide the rest of the plan; all keys are listed. */
export const itemsShown = 20;

/** Elements shown besides, because they go another way. */
const othersShown = 10;

/**
 * Steps of one dry run after which no further elements are looked at. A step takes 0.2 to 0.5 ms, so this is
 * a second at most; the 25,000 steps of a list of 5,000 took six to twelve.
 */
const stepsMax = 2_000;

export interface WalkedItems {
  /** Something in there may end the whole run, or the loop. */
  mayEnd: boolean;
  /** Why the loop certainly fails: no element succeeds. */
  fails: Failure | null;
  /** One of them certainly stops the run. */
  stops: boolean;
}

export function walkItems(
  walker: Walker,
  room: Room,
  step: ForeachStep,
  node: PreviewStep,
  items: readonly LoopItem[],
): WalkedItems {
  const shown: Beside[] = [];
  const ways = new Set<string>();
  const ends: { key: string; end: Ending | null }[] = [];
  let reached = node.reached;
  const stopping: Beside[] = [];
  let mayEnd = false;
  let unlike = 0;
  for (const item of items) {
    const first = item.index < itemsShown;
    if (walker.walked >= (walker.stepsMost ?? (first ? Number.POSITIVE_INFINITY : stepsMax))) break;
    const walked = walkItem(walker, room, step, item, reached);
    const { end, maybe: may, stops } = walked.flow;
    ends.push({ key: item.key, end });
    mayEnd ||= may;
    if (stops) stopping.push(walked);
    // After a stop nothing begins any more, nor after a failure that the loop does not live with.
    if (stops || (end?.by === 'failed' && step.onItemError === 'stop')) {
      mayEnd = true;
      reached = maybe(reached);
    }
    const way = wayOf(walked.block);
    const other = !ways.has(way);
    if (!first) takeOut(walker.wanted, walked.wanted);
    if (first || (other && shown.length < itemsShown + othersShown)) {
      ways.add(way);
      shown.push(walked);
    } else {
      takeOut(walker.done, walked.done);
      if (other) unlike += 1;
    }
  }
  // Those under way at the same time are cut off by a stop of another.
  if (step.maxParallel > 1)
    for (const each of shown) if (stopping.some((other) => other !== each)) cutOff(walker, each);
  node.blocks.push(...shown.map(({ block }) => block));
  node.notes.push(...notesOf(items.length, ends.length, shown.length, unlike));
  return {
    mayEnd: mayEnd || ends.length < items.length,
    fails: ends.length < items.length || step.onItemError === 'stop' ? null : failureOf(ends),
    stops: stopping.length > 0,
  };
}

/** An unknown list, once for all; it may be empty. */
export function walkUnknown(walker: Walker, room: Room, step: ForeachStep, node: PreviewStep): WalkedItems {
  const { flow, block } = walkItem(walker, room, step, null, maybe(node.reached));
  node.blocks.push(block);
  return { mayEnd: flow.maybe || flow.end !== null, fails: null, stops: false };
}

function walkItem(
  walker: Walker,
  room: Room,
  step: ForeachStep,
  item: LoopItem | null,
  reached: Reached,
): Beside {
  const ref = runPath(room.context, step.path);
  const unknown: LoopItem = { index: 0, key: '', value: null };
  const inner = openInner(
    room,
    step,
    { kind: 'item', path: item === null ? `${ref}[…]` : itemPath(ref, item.key), item: item ?? unknown },
    item === null ? [[step.as], ['index']] : [],
  );
  const label = item === null ? `each ${step.as}` : `${step.as} ${item.key}`;
  const block = { role: 'item' as const, label, condition: null, reached };
  const walked = walkBeside(walker, inner, block, step.steps);
  if (walked.flow.end !== null || step.collect === null) return walked;
  const wrong = certainError({ collect: step.collect }, sightOf(inner));
  if (wrong === null) return walked;
  const end: Ending = { by: 'failed', reason: wrong, failure: terminal('run/expression-failed', wrong) };
  return { ...walked, flow: { ...walked.flow, end } };
}

/** No element succeeds: the failure is that of the first, or its denial when none fails. */
function failureOf(ends: readonly { key: string; end: Ending | null }[]): Failure | null {
  if (ends.some(({ end }) => end === null || end.by === 'stop')) return null;
  const first = ends.find(({ end }) => end?.by === 'failed') ?? ends[0];
  if (first === undefined || first.end === null) return null;
  const { end, key } = first;
  const code = end.by === 'failed' ? end.failure.code : 'guard/denied';
  return terminal(code, `no element succeeds; "${key.slice(0, 200)}": ${end.reason}`);
}

/** What is alike in elements that go the same way: where they come and whom they ask, whatever it is about. */
function wayOf({ role, reached, steps }: PreviewBlock): string {
  const inside = steps.map((step) => {
    const marks = [step.denied !== null, step.fails !== null, step.ask?.asks ?? ''].join();
    const blocks = step.reached === 'no' ? [] : step.blocks.map(wayOf);
    return `${step.id}:${step.reached}:${marks}:${[...new Set(blocks)].join('|')}`;
  });
  return `${role}:${reached}(${inside.join()})`;
}

function notesOf(total: number, seen: number, shown: number, unlike: number): string[] {
  const firsts = Math.min(seen, itemsShown);
  if (firsts === total) return [];
  const others = shown - firsts;
  const alike = seen - shown - unlike;
  const parts = [
    others === 0
      ? []
      : `${others} of the others, which ${others === 1 ? 'goes another way, is' : 'go other ways, are'} shown as well`,
    alike === 0 ? [] : `${alike} more are like ${others === 0 ? 'them' : 'one of these'}`,
    unlike === 0 ? [] : `${unlike} that are not shown go yet other ways`,
    seen === total ? [] : `${total - seen} were not looked at`,
  ];
  return [[`the first ${firsts} are shown`, ...parts.flat()].join('; ')];
}
