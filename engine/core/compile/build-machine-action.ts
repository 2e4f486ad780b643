import type { ActionStep, ApprovalStep } from '../contracts/plan.ts';
import * as action from '../run/action-step.ts';
import * as asking from '../run/ask-step.ts';
import { skipStep } from '../run/finish-step.ts';
import { demandAtGate, openGate, passGate } from '../run/gate-step.ts';
import { isHalted, stepOf, type Turn, updateStep } from '../run/turn.ts';
import { voidGrant } from '../run/void-grant.ts';
import { unknownFailure } from '../task/open-task.ts';
import * as task from '../task/settle-task.ts';
import { leaveChanged, leaveUnread, noteLook } from '../undo/leave-changed.ts';
import {
  act,
  type EventOf,
  follow,
  type Node,
  on,
  onDeadline,
  onHalt,
  type Transition,
  type Within,
} from './build-machine-chart.ts';

/* What may follow what in the life of one action, and of a gate (language reference 9.5). */

export function actionNodes(step: ActionStep, within: Within): { [key: string]: Node } {
  const ways = [
    'end',
    'render',
    'guard',
    'asking',
    'recheck',
    'dispatch',
    'confirming',
    'reconcile',
    'backoff',
    'held',
    'undecided',
  ];
  const always = ways.map((word) => follow(step, word));
  const go = (turn: Turn, word: string) => void updateStep(turn, step.path, { go: word });
  const settle = (turn: Turn, event: EventOf<'action.failed'>) =>
    action.settleFailure(turn, step, event.failure);
  const guardEvents = {
    ...on(step, 'guard.allowed', (turn) => {
      action.reserve(turn, step);
      letThrough(turn, false);
    }),
    ...on(step, 'guard.ask', (turn, event) => {
      action.reserve(turn, step);
      asking.leaveOutgrown(turn, step, event);
      action.demandByGuard(turn, step, event);
      letThrough(turn, true);
    }),
    ...on(step, 'guard.denied', (turn, event) => action.denyByGuard(turn, step, event, within[0])),
    ...on(step, 'approval.voided', (turn, event) => {
      if (isHalted(turn.context, within)) return action.cancelBeforeEffect(turn, step);
      voidGrant(turn, step, event);
    }),
    ...on(step, 'hold.wanted', (turn) => skipStep(turn, step)),
    ...on(step, 'guard.held', (turn, event) => {
      if (isHalted(turn.context, within)) return action.cancelBeforeEffect(turn, step);
      action.holdStep(turn, step, event);
      go(turn, 'held');
    }),
  };
  const letThrough = (turn: Turn, demanded: boolean) => {
    // A sibling may have halted the block while the guard was asked.
    if (isHalted(turn.context, within)) return action.cancelBeforeEffect(turn, step);
    const state = stepOf(turn, step.path);
    if (state.approved || (state.attempts > 0 && !demanded)) go(turn, 'dispatch');
    else asking.afterGuard(turn, step, demanded);
  };
  return {
    render: {
      entry: act((turn) => action.renderStep(turn, step)),
      always: [follow(step, 'end'), follow(step, 'guard')],
    },
    guard: {
      entry: act((turn) => action.checkGuards(turn, step)),
      always,
      on: guardEvents,
    },
    held: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...onDeadline(step, {
          recheck: (turn) => go(turn, 'recheck'),
          deadline: (turn) => action.failUndispatched(turn, step),
        }),
        ...onHalt(within, (turn) => action.cancelBeforeEffect(turn, step)),
      },
    },
    asking: {
      entry: act((turn) => asking.askAboutAction(turn, step)),
      always,
      on: {
        ...on(step, 'approval.granted', (turn, event) => {
          asking.grant(turn, step, event);
          go(turn, 'recheck');
        }),
        ...on(step, 'approval.edited', (turn, event) => asking.editArguments(turn, step, event)),
        ...answersOf(step, within),
      },
    },
    recheck: { entry: act((turn) => asking.recheck(turn, step)), always },
    dispatch: {
      entry: act((turn) => {
        action.dispatchStep(turn, step);
        asking.consumeApproval(turn, step);
      }),
      always,
      on: {
        ...on(step, 'action.succeeded', (turn, event) => {
          noteLook(turn, step, event.looked);
          action.succeed(turn, step, event.outputs, event.changed);
        }),
        ...on(step, 'action.accepted', (turn, event) => {
          noteLook(turn, step, event.looked);
          action.accept(turn, step, event);
        }),
        ...on(step, 'action.failed', settle),
        ...on(step, 'target.changed', (turn, event) => leaveChanged(turn, step, event)),
        ...on(step, 'target.unread', (turn, event) => leaveUnread(turn, step, event)),
        ...on(step, 'action.unknown', (turn, event) => action.beginReconcile(turn, step, event.message)),
        ...on(step, 'attempt.revoked', (turn) =>
          action.leaveRevoked(turn, step, isHalted(turn.context, within)),
        ),
        ...onDeadline(step, {
          deadline: (turn, event) => action.passDeadline(turn, step, event.claimed),
          claim: (turn, event) => action.passClaim(turn, step, event.claimed),
        }),
        ...onHalt(within, (turn) => void turn.commands.push({ kind: 'revoke-attempt', ref: step.path })),
      },
    },
    confirming: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...on(step, 'action.succeeded', (turn, event) =>
          action.succeed(turn, step, event.outputs, event.changed),
        ),
        ...on(step, 'action.accepted', (turn, event) => action.accept(turn, step, event)),
        ...on(step, 'action.failed', (turn, event) => {
          const { failure } = event;
          if (failure.ended) settle(turn, event);
          else if (failure.kind === 'retryable') action.pollAgain(turn, step, failure.retryAfterMs ?? 0);
          else action.failUnasked(turn, step, failure);
        }),
        ...on(step, 'action.unknown', (turn) => action.pollAgain(turn, step, 0)),
        ...onDeadline(step, {
          poll: (turn) => action.poll(turn, step),
          deadline: (turn) => action.failOverdue(turn, step, 'action/unconfirmed', action.unconfirmedMessage),
        }),
      },
    },
    reconcile: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...on(step, 'check.present', (turn, event) => action.reconciledPresent(turn, step, event)),
        ...on(step, 'check.absent', (turn) => action.reconciledAbsent(turn, step)),
        ...on(step, 'check.in-transition', (turn, event) => action.accept(turn, step, event)),
        ...on(step, 'check.unsettled', (turn, event) => action.checkAgain(turn, step, event.message)),
        ...on(step, 'action.unknown', (turn, event) => action.checkAgain(turn, step, event.message)),
        ...on(step, 'action.failed', (turn, event) => action.checkAgain(turn, step, event.failure.message)),
        ...onDeadline(step, {
          recheck: (turn) => action.checkTarget(turn, step),
          deadline: (turn) => {
            const { code, message } = unknownFailure('the target gave no answer before the deadline');
            action.failOverdue(turn, step, code, message);
          },
        }),
      },
    },
    undecided: {
      entry: act((turn) => {
        go(turn, '');
        if (isHalted(turn.context, within)) task.retell(turn, step);
      }),
      always,
      on: {
        ...on(step, 'task.answered', (turn, event) => task.takeAnswer(turn, step, event)),
        ...on(step, 'task.ask', (turn) => task.askTarget(turn, step)),
        ...on(step, 'check.present', (turn, event) => task.foundPresent(turn, step, event)),
        ...on(step, 'check.absent', (turn) => task.foundAbsent(turn, step)),
        ...on(step, 'check.in-transition', (turn, event) => task.underWay(turn, step, event)),
        ...on(step, 'check.unsettled', (turn, event) => task.unsettled(turn, step, event.message)),
        // Of a look, or of a poll that was out when the time was over.
        ...on(step, 'action.succeeded', (turn, event) => task.foundDone(turn, step, event)),
        ...on(step, 'action.accepted', (turn) =>
          task.unsettled(turn, step, 'the target has accepted the request and not confirmed it'),
        ),
        // What ended a poll says nothing sure about what the request did: a person goes on deciding.
        ...on(step, 'action.failed', (turn, event) => task.unsettled(turn, step, event.failure.message)),
        ...on(step, 'action.unknown', (turn, event) => task.unsettled(turn, step, event.message)),
        ...on(step, 'attempt.revoked', (turn) => go(turn, '')),
        ...onDeadline(step, {
          answer: (turn) => task.passSilence(turn, step),
          recheck: (turn) => task.askTarget(turn, step),
        }),
        ...onHalt(within, (turn) => task.retell(turn, step)),
      },
    },
    backoff: {
      entry: act((turn) => {
        // The halt came while the attempt was out: its outcome was awaited, another one is not made.
        if (isHalted(turn.context, within)) action.cancelBeforeEffect(turn, step);
        else go(turn, '');
      }),
      always,
      on: {
        ...onDeadline(step, {
          delay: (turn) => go(turn, 'recheck'),
          deadline: (turn) => {
            const last = stepOf(turn, step.path).lastFailure;
            action.failOverdue(
              turn,
              step,
              last?.code ?? 'action/deadline',
              last?.message ?? 'no time left for another attempt',
            );
          },
        }),
        ...onHalt(within, (turn) => action.cancelBeforeEffect(turn, step)),
      },
    },
  };
}

export function gateNodes(step: ApprovalStep, within: Within): { [key: string]: Node } {
  const always = [follow(step, 'end')];
  return {
    body: {
      entry: act((turn) => openGate(turn, step)),
      always,
      on: {
        ...on(step, 'guards.foreseen', (turn, event) => demandAtGate(turn, step, event)),
        ...on(step, 'approval.granted', (turn, event) => {
          asking.grant(turn, step, event);
          passGate(turn, step);
        }),
        ...answersOf(step, within),
      },
    },
  };
}

/** What people and the clock may answer to a question, the yes aside. */
export function answersOf(step: asking.Asking, within: Within): { [event: string]: Transition } {
  return {
    ...on(step, 'approval.denied', (turn, event) => asking.denyByPerson(turn, step, event, within[0])),
    ...onDeadline(step, {
      expiry: (turn) => asking.expire(turn, step, within[0]),
      escalation: (turn, event) => asking.escalate(turn, step, event.seq),
      reminder: (turn, event) => asking.remind(turn, step, event.seq),
    }),
    ...onHalt(within, (turn) => asking.cancelAsking(turn, step)),
  };
}
