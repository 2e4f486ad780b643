import type { PlanStep } from '../contracts/plan.ts';
import { maybe } from './fail-step.ts';
import type { PreviewBlock } from './preview.ts';
import type { Room } from './room.ts';
import type { Done, Flow, Walker, WantedRead } from './walker.ts';

/*
 * Blocks that others run beside. They are walked one after the other, and the end of a later one takes the
 * certainty from an earlier one; so what each of them left is noted until all are known.
 */

export interface Beside {
  flow: Flow;
  block: PreviewBlock;
  done: Done[];
  wanted: WantedRead[];
}

export function walkBeside(
  walker: Walker,
  room: Room,
  block: Omit<PreviewBlock, 'steps'>,
  steps: readonly PlanStep[],
): Beside {
  const done = walker.done.length;
  const wanted = walker.wanted.length;
  const flow = walker.sequence(room, steps, block.reached);
  return {
    flow,
    block: { ...block, steps: flow.steps },
    done: walker.done.slice(done),
    wanted: walker.wanted.slice(wanted),
  };
}

/** Another one certainly ends, and this one with it: how far it comes by then, only the run finds out. */
export function cutOff(walker: Walker, { block, done, wanted }: Beside): void {
  weaken(block);
  // An undo in there lists these very ones.
  for (const each of done) each.reached = maybe(each.reached);
  takeOut(walker.wanted, wanted);
}

function weaken(block: PreviewBlock): void {
  block.reached = maybe(block.reached);
  for (const step of block.steps) {
    step.reached = maybe(step.reached);
    step.blocks.forEach(weaken);
  }
}

/** The newest are at the end. */
export function takeOut<Noted>(all: Noted[], some: readonly Noted[]): void {
  for (const each of some) {
    const index = all.lastIndexOf(each);
    if (index !== -1) all.splice(index, 1);
  }
}
