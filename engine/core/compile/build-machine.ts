import type { AnyStateMachine } from 'xstate';
import type { RunEvent } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ActionStep, Plan, PlanStep } from '../contracts/plan.ts';
import type { ScopeGiven } from '../contracts/scope.ts';
import * as block from '../run/block-step.ts';
import { emptyStep, type RunContext } from '../run/context.ts';
import * as ending from '../run/end-run.ts';
import { finishScope, finishUnbegun } from '../run/finish-scope.ts';
import { endBlock } from '../run/finish-step.ts';
import { haltInside } from '../run/inner-scope.ts';
import { bodiesOf, stepsOfBody } from '../run/list-steps.ts';
import { undoRef } from '../run/scope-path.ts';
import { testStep } from '../run/test-step.ts';
import { isHalted, type Turn } from '../run/turn.ts';
import { inverseActionOf, inversePath, inverseStep, recordOf } from '../undo/undo-record.ts';
import { holdReleased, letGo, settleInverse } from '../undo/undo-scope.ts';
import { orderUndoOf, planOfArrived, settleUndoOf } from '../undo/undo-step.ts';
import { actionNodes, gateNodes } from './build-machine-action.ts';
import {
  act,
  eventOf,
  follow,
  machineFrom,
  type Node,
  on,
  onHalt,
  type Within,
} from './build-machine-chart.ts';
import { callNodes, foreachNodes, repeatNodes, undoNodes, waitNodes } from './build-machine-inner.ts';

/*
 * Plan → statechart. The chart only says what may follow what; every decision is a pure function of
 * `core/run`, called as an entry function, and leaves a word (`go`) that an eventless transition
 * follows. Commands and entries travel as params of the one custom action `order`, which nobody
 * executes. There are no delays: XState's `after` fires at once when it cannot be resolved, so
 * deadlines are rows and come back as `deadline.passed`.
 *
 * Events are named `<type> <step path>`, so that XState itself finds the step.
 */

const machines = new WeakMap<Plan, Map<string, AnyStateMachine>>();

/**
 * The machine that a scope runs, built once per plan object and body. A loop has none: `decide-loop.ts`
 * counts. Undo scopes share one machine per inverse action; the record itself comes in with the scope.
 */
export function machineOf(plan: Plan, scope: ScopeGiven): AnyStateMachine {
  const name = scope.kind === 'undo' ? undoBody(scope) : scope.body;
  let ofPlan = machines.get(plan);
  if (ofPlan === undefined) {
    ofPlan = new Map();
    machines.set(plan, ofPlan);
  }
  let machine = ofPlan.get(name);
  if (machine === undefined) {
    machine = scope.kind === 'undo' ? buildUndoMachine(plan, scope) : buildMachine(plan, scope.body);
    ofPlan.set(name, machine);
  }
  return machine;
}

function undoBody(scope: ScopeGiven): string {
  const { inverse } = recordOf(scope);
  return 'action' in inverse ? `undo:${inverse.action}` : 'undo';
}

/** `body`: `run`, or the plan path of a `foreach` or `repeat`. */
export function buildMachine(plan: Plan, body = 'run'): AnyStateMachine {
  invariant(bodiesOf(plan).includes(body), `${body} is a body of the plan`);
  return machineFrom(body === 'run' ? runChart(plan) : innerChart(plan, body));
}

function runChart(plan: Plan): Node & { id: string } {
  const stop = (block: string) => ({
    'scope.stop run': {
      actions: act((turn) => ending.stopFromInside(turn, eventOf(turn, 'scope.stop'), block)),
    },
  });
  const cutShort = (block: 'on_failure' | 'finally') => ({
    'run.cancel run': { actions: act((turn) => ending.cutShort(turn, cancelEvent(turn), block)) },
    ...(block === 'finally'
      ? {}
      : { 'deadline.passed run': { actions: act((turn) => endBlock(turn, block, 'timed-out', '')) } }),
  });
  return {
    id: 'run',
    initial: 'created',
    // A place that comes when nobody queues any more is held all the same: it would not be given again.
    on: { 'place.granted run': { actions: act(ending.regainPlace) } },
    states: {
      created: {
        on: {
          'run.started run': { target: 'beginning' },
          'run.cancel run': {
            target: 'closing',
            actions: act((turn) => ending.cancelRun(turn, cancelEvent(turn))),
          },
        },
      },
      beginning: { entry: act(ending.beginRun), always: [{ target: 'main' }] },
      main: {
        ...sequence(plan.steps, ['main']),
        on: {
          'run.cancel run': { actions: act((turn) => ending.cancelRun(turn, cancelEvent(turn))) },
          'deadline.passed run': { actions: act(ending.timeRunOut) },
          'entries.exceeded run': { actions: act(ending.exceedEntries) },
          ...stop('main'),
        },
        onDone: [{ target: 'settled' }],
      },
      settled: {
        entry: act(ending.settleMain),
        always: [
          { target: 'regaining', guard: ({ context }) => ending.needsPlace(context) },
          { target: 'placed' },
        ],
      },
      regaining: {
        entry: act(ending.wantPlace),
        // What the place was wanted for can be called off meanwhile.
        always: [{ target: 'placed', guard: ({ context }) => !ending.needsPlace(context) }],
        on: {
          'place.granted run': { actions: act(ending.regainPlace) },
          ...cutShort('on_failure'),
        },
      },
      placed: {
        always: [
          { target: 'undoing', guard: ({ context }) => ending.mustUndo(context) },
          { target: 'onFailure', guard: ({ context }) => ending.runsOnFailure(context) },
          { target: 'finally' },
        ],
      },
      undoing: undoing('run', null, [], 'placed'),
      onFailure: {
        ...sequence(plan.onFailure, ['on_failure']),
        on: { ...cutShort('on_failure'), ...stop('on_failure') },
        onDone: [
          { target: 'regaining', guard: ({ context }) => ending.needsPlace(context) },
          { target: 'placed', guard: ({ context }) => ending.mustUndo(context) },
          { target: 'finally' },
        ],
      },
      finally: {
        entry: act(ending.leaveOnFailure),
        ...sequence(plan.finally, ['finally']),
        on: { ...cutShort('finally'), ...stop('finally') },
        onDone: [
          { target: 'regaining', guard: ({ context }) => ending.needsPlace(context) },
          { target: 'placed', guard: ({ context }) => ending.mustUndo(context) },
          { target: 'closing' },
        ],
      },
      closing: { entry: act(ending.finishRun), type: 'final' },
    },
  };
}

/** An item of a `foreach` or a round of a `repeat`. */
function innerChart(plan: Plan, body: string): Node & { id: string } {
  return {
    id: 'scope',
    initial: 'created',
    states: {
      created: {
        on: {
          'scope.begin run': { target: 'main', actions: act(begin) },
          'scope.halt run': { target: 'closing', actions: act(finishUnbegun) },
        },
      },
      main: {
        ...sequence(stepsOfBody(plan, body), ['main']),
        on: { 'scope.halt run': { actions: act(haltScope) } },
        onDone: [{ target: 'closing', actions: act(finishScope) }],
      },
      closing: { type: 'final' },
    },
  };
}

/** One record: let go of its hold, then the inverse if nothing else holds the effect. */
function buildUndoMachine(plan: Plan, scope: ScopeGiven): AnyStateMachine {
  const action = inverseActionOf(plan, recordOf(scope));
  const step = action === null ? null : inverseStep(action, plan);
  const chart: Node & { id: string } = {
    id: 'undo',
    initial: 'created',
    states: {
      created: {
        on: {
          'scope.begin run': { target: 'release', actions: act(begin) },
          'scope.halt run': { target: 'closing', actions: act(finishUnbegun) },
        },
      },
      release: {
        entry: act(letGo),
        always: [
          { target: 'closing', guard: ({ context }) => context.steps[inversePath]?.go === 'settled' },
          ...(step === null ? [] : [follow(step, 'inverse')]),
        ],
        on: on({ path: inversePath }, 'hold.released', (turn, event) => holdReleased(turn, event, step)),
      },
      ...(step === null ? {} : { inverse: inverseNode(step) }),
      closing: { type: 'final' },
    },
  };
  return machineFrom(chart);
}

function inverseNode(step: ActionStep): Node {
  return {
    ...sequence([step], ['main']),
    on: { 'scope.halt run': { actions: act(haltScope) } },
    onDone: [{ target: 'closing', actions: act(settleInverse) }],
  };
}

function begin(turn: Turn): void {
  turn.context.started = true;
}

function haltScope(turn: Turn): void {
  endBlock(turn, 'main', 'cancelled', 'the run or the loop ends');
}

/** Working off all records of the run for something that is no `undo` step. */
function undoing(path: string, step: PlanStep | null, within: readonly string[], next: string): Node {
  const ref = undoRef(path);
  const ended = ({ context }: { context: RunContext }) => context.steps[ref]?.go === 'end';
  return {
    entry: act((turn) => orderUndoOf(turn, path)),
    always: [{ target: next, guard: ended }],
    on: {
      ...on({ path: ref }, 'undo.planned', (turn, event) => planOfArrived(turn, path, step, event, within)),
      ...on({ path: ref }, 'scope.finished', (turn, event) => settleUndoOf(turn, path, event.result)),
      ...onHalt(within, (turn) => haltInside(turn, ref)),
    },
  };
}

function cancelEvent(turn: Turn): Extract<RunEvent, { type: 'run.cancel' }> {
  return eventOf(turn, 'run.cancel');
}

function sequence(steps: readonly PlanStep[], within: Within): Node {
  const states: { [key: string]: Node } = {};
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    states[`s${index}`] = {
      ...handled(step, within),
      onDone: last
        ? [{ target: 'done' }]
        : [
            { target: `s${index + 1}`, guard: ({ context }) => block.mayGoOn(context, step, within) },
            { target: 'done' },
          ],
    };
  }
  states.done = { type: 'final' };
  return { initial: steps.length === 0 ? 'done' : 's0', states };
}

/** A step with its `on_error`. */
function handled(step: PlanStep, within: Within): Node {
  const failed = ({ context }: { context: RunContext }) =>
    (context.steps[step.path] ?? emptyStep).status === 'failed' &&
    context.steps[step.path]?.kept !== true &&
    !isHalted(context, within);
  const takesBack = step.onError.then === 'undo';
  return {
    initial: 'body',
    states: {
      body: { ...body(step, within), onDone: [{ target: 'handler', guard: failed }, { target: 'end' }] },
      handler: {
        ...sequence(step.onError.steps, within),
        onDone: [{ target: 'left' }],
      },
      left: {
        entry: act((turn) => block.leaveHandler(turn, step)),
        // Whether the handler's own steps went well or not: what was done is taken back.
        always: [...(takesBack ? [{ target: 'undoing', guard: failed }] : []), { target: 'end' }],
      },
      ...(takesBack ? { undoing: undoing(step.path, step, within, 'end') } : {}),
      end: { type: 'final' },
    },
  };
}

function body(step: PlanStep, within: Within): Node {
  const test: Node = {
    entry: act((turn) => testStep(turn, step, within)),
    always: [follow(step, 'end'), { target: first(step) }],
  };
  return { initial: 'test', states: { test, ...inside(step, within), end: { type: 'final' } } };
}

function first(step: PlanStep): string {
  return step.kind === 'action' ? 'render' : 'body';
}

function inside(step: PlanStep, within: Within): { [key: string]: Node } {
  switch (step.kind) {
    case 'action':
      return actionNodes(step, within);
    case 'approval':
      return gateNodes(step, within);
    case 'foreach':
      return foreachNodes(step, within);
    case 'repeat':
      return repeatNodes(step, within);
    case 'wait':
      return waitNodes(step, within);
    case 'call':
      return callNodes(step, within);
    case 'undo':
      return undoNodes(step, within);
    case 'set':
      return { body: { entry: act((turn) => block.setValues(turn, step)), always: [{ target: 'end' }] } };
    case 'stop':
      return {
        body: { entry: act((turn) => block.stopRun(turn, step, within[0])), always: [{ target: 'end' }] },
      };
    case 'if':
      return {
        body: {
          entry: act((turn) => block.chooseIfBranch(turn, step)),
          always: [follow(step, 'end'), follow(step, 'then'), follow(step, 'else')].slice(
            0,
            step.else === null ? 2 : 3,
          ),
        },
        then: closing(step, step.then, within),
        ...(step.else === null ? {} : { else: closing(step, step.else, within) }),
        close: { always: [{ target: 'end' }] },
      };
    case 'switch': {
      const cases = step.cases.map(
        (each, index) => [`case${index}`, closing(step, each.steps, within)] as const,
      );
      const rest = step.default === null ? [] : [['default', closing(step, step.default, within)] as const];
      return {
        body: {
          entry: act((turn) => block.chooseCase(turn, step)),
          always: [follow(step, 'end'), ...[...cases, ...rest].map(([key]) => follow(step, key))],
        },
        ...Object.fromEntries([...cases, ...rest]),
        close: { always: [{ target: 'end' }] },
      };
    }
    case 'parallel': {
      const inner: Within = [...within, step.path];
      const regions = step.branches.map((branch, index) => {
        const region = sequence(branch.steps, inner);
        const done: Node = {
          type: 'final',
          entry: act((turn) => block.closeBranch(turn, step, branch.name, branch.steps)),
        };
        return [`b${index}`, { ...region, states: { ...region.states, done } }] as const;
      });
      return {
        body: { type: 'parallel', states: Object.fromEntries(regions), onDone: [{ target: 'join' }] },
        join: { entry: act((turn) => block.joinBranches(turn, step, within)), always: [{ target: 'end' }] },
      };
    }
  }
}

/** A nested block whose end is the step's end. */
function closing(step: PlanStep, steps: readonly PlanStep[], within: Within): Node {
  return {
    ...sequence(steps, within),
    onDone: [{ target: 'close', actions: act((turn) => block.closeBlock(turn, step, steps, within)) }],
  };
}
