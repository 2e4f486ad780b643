import type { Plan, PlanStep } from '../contracts/plan.ts';
import type { PreviewTree, Reached } from './preview.ts';
import { blurBlock, fork, type Room } from './room.ts';
import type { Walker } from './walker.ts';

/* Closing steps. Wherever the run ended they begin: nothing that may not have happened is certain there. */

export function walkClosing(
  walker: Walker,
  room: Room,
  plan: Plan,
  failing: Reached,
  ending: Reached,
): Pick<PreviewTree, 'onFailure' | 'finally'> {
  const afterMain = roomAfter(room, plan.steps);
  const onFailure = walker.sequence(fork(afterMain), plan.onFailure, failing);
  const closing = walker.sequence(roomAfter(afterMain, plan.onFailure), plan.finally, ending);
  return { onFailure: onFailure.steps, finally: closing.steps };
}

/** What is certain when all is over: the run's outputs are made there. */
export function closedRoom(room: Room, plan: Plan): Room {
  return roomAfter(room, [...plan.steps, ...plan.onFailure, ...plan.finally]);
}

function roomAfter(room: Room, steps: readonly PlanStep[]): Room {
  const after = fork(room);
  blurBlock(after, steps);
  after.holes.push(['failure']);
  return after;
}
