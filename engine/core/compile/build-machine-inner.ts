import type { CallStep, ForeachStep, RepeatStep, UndoStep, WaitStep } from '../contracts/plan.ts';
import { askAfterGuards, demandAtOnce, passAtOnce } from '../run/ask-step.ts';
import * as call from '../run/call-step.ts';
import { cancelStep } from '../run/finish-step.ts';
import { openList, openLoop, settleLoop } from '../run/foreach-step.ts';
import { haltInside } from '../run/inner-scope.ts';
import { openRound, settleRound } from '../run/repeat-step.ts';
import { updateStep } from '../run/turn.ts';
import * as waiting from '../run/wait-step.ts';
import { openUndo, orderUndo, planArrived, settleUndo } from '../undo/undo-step.ts';
import { answersOf } from './build-machine-action.ts';
import { act, follow, type Node, on, onDeadline, onHalt, type Within } from './build-machine-chart.ts';

/* Steps that wait for something outside of their scope: items, rounds, a child run, undos, time and signals. */

type Nodes = { [key: string]: Node };

/** The node in which people are asked once about everything; a yes leads to `next`. */
function askingNode(step: ForeachStep | CallStep | UndoStep, within: Within, next: string): Node {
  return {
    entry: act((turn) => askAfterGuards(turn, step)),
    always: [follow(step, 'end'), follow(step, next)],
    on: {
      ...on(step, 'guards.foreseen', (turn, event) => demandAtOnce(turn, step, event)),
      ...on(step, 'approval.granted', (turn, event) => passAtOnce(turn, step, event, next)),
      ...answersOf(step, within),
    },
  };
}

export function foreachNodes(step: ForeachStep, within: Within): Nodes {
  return {
    body: {
      entry: act((turn) => openList(turn, step)),
      always: [follow(step, 'end'), follow(step, 'asking'), follow(step, 'open')],
    },
    asking: askingNode(step, within, 'open'),
    open: {
      entry: act((turn) => openLoop(turn, step)),
      always: [follow(step, 'end')],
      on: {
        ...on(step, 'scope.finished', (turn, event) => settleLoop(turn, step, event.result, within[0])),
        ...onHalt(within, (turn) => haltInside(turn, step.path)),
      },
    },
  };
}

export function repeatNodes(step: RepeatStep, within: Within): Nodes {
  return {
    body: {
      entry: act((turn) => openRound(turn, step)),
      always: [follow(step, 'end'), follow(step, 'pausing'), follow(step, 'between')],
      on: {
        ...on(step, 'scope.finished', (turn, event) => settleRound(turn, step, event, within)),
        ...onHalt(within, (turn) => haltInside(turn, step.path)),
      },
    },
    pausing: {
      entry: act((turn) => void updateStep(turn, step.path, { go: '' })),
      always: [follow(step, 'end'), follow(step, 'between')],
      on: {
        ...onDeadline(step, { every: (turn) => void updateStep(turn, step.path, { go: 'between' }) }),
        ...onHalt(within, (turn) => cancelStep(turn, step)),
      },
    },
    // A node of its own, so that the next round enters `body` anew.
    between: { always: [{ target: 'body' }] },
  };
}

export function waitNodes(step: WaitStep, within: Within): Nodes {
  return {
    body: {
      entry: act((turn) => waiting.beginWait(turn, step, within)),
      always: [follow(step, 'end'), follow(step, 'queueing')],
      on: {
        ...onDeadline(step, { wait: (turn) => waiting.passTime(turn, step) }),
        ...on(step, 'signal.arrived', (turn, event) =>
          waiting.receiveSignal(turn, step, event.signal, event.signalId),
        ),
        ...onHalt(within, (turn) => waiting.cancelWait(turn, step)),
      },
    },
    queueing: {
      entry: act((turn) => void updateStep(turn, step.path, { go: '' })),
      always: [follow(step, 'end')],
      on: {
        'place.granted run': { actions: act((turn) => waiting.takePlace(turn, step)) },
        ...onHalt(within, (turn) => waiting.cancelWait(turn, step)),
      },
    },
  };
}

export function callNodes(step: CallStep, within: Within): Nodes {
  return {
    body: {
      entry: act((turn) => call.prepareCall(turn, step)),
      always: [follow(step, 'end'), follow(step, 'asking'), follow(step, 'start')],
    },
    asking: askingNode(step, within, 'start'),
    start: {
      entry: act((turn) => call.startChild(turn, step)),
      always: [follow(step, 'end')],
      on: {
        ...on(step, 'child.started', (turn, event) => call.childStarted(turn, step, event.runId)),
        ...on(step, 'child.refused', (turn, event) => call.childRefused(turn, step, event.failure)),
        ...on(step, 'child.finished', (turn, event) => call.childFinished(turn, step, event, within)),
        ...onHalt(within, (turn) => call.cancelChild(turn, step)),
      },
    },
  };
}

export function undoNodes(step: UndoStep, within: Within): Nodes {
  return {
    body: {
      entry: act((turn) => orderUndo(turn, step)),
      always: [follow(step, 'end'), follow(step, 'asking'), follow(step, 'open')],
      on: on(step, 'undo.planned', (turn, event) => planArrived(turn, step, event, within)),
    },
    asking: askingNode(step, within, 'open'),
    open: {
      entry: act((turn) => openUndo(turn, step)),
      always: [follow(step, 'end')],
      on: {
        ...on(step, 'scope.finished', (turn, event) => settleUndo(turn, step, event.result)),
        ...onHalt(within, (turn) => haltInside(turn, step.path)),
      },
    },
  };
}
