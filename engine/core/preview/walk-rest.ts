import type {
  ApprovalStep,
  CallStep,
  Plan,
  SetStep,
  StopStep,
  UndoStep,
  WaitStep,
} from '../contracts/plan.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { askOf } from './ask-of.ts';
import { failSurely, livesWithLess, maybe, mayFail, terminal } from './fail-step.ts';
import type { PreviewStep, PreviewValue } from './preview.ts';
import { certainError, previewValue, previewValues } from './preview-value.ts';
import { assign, blur, blurOutputs, openRoom, pathIn, type Room, settle, sightOf } from './room.ts';
import { showDuration } from './show-duration.ts';
import { walkClosing } from './walk-closing.ts';
import type { Walked, Walker } from './walker.ts';

/* Steps without a target of their own: gates, waits, calls, variables, taking back, stopping. */

const goesOn = { end: null, maybe: false } as const;

export function walkGate(room: Room, step: ApprovalStep, node: PreviewStep): Walked {
  node.ask = askOf(room, step, {
    demandable: false,
    covers: step.covers.map((path) => pathIn(room, path)),
  });
  const asks = node.ask?.asks;
  if (asks === 'no') {
    settle(room, step, {
      status: 'succeeded',
      approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null },
    });
    return { node, ...goesOn };
  }
  const asked = asks === 'yes' ? 'surely' : 'perhaps';
  for (const path of step.covers)
    if (room.gated[path] !== 'surely') room.gated = { ...room.gated, [path]: asked };
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, ...goesOn };
}

export function walkWait(walker: Walker, room: Room, step: WaitStep, node: PreviewStep): Walked {
  const sight = sightOf(room, step.path);
  const { wait } = step;
  switch (wait.for) {
    case 'duration':
      node.about = `for ${showDuration(wait.ms)}`;
      break;
    case 'instant': {
      const wrong = certainError({ until: wait.until }, sight);
      if (wrong !== null)
        return failSurely(walker, room, step, node, terminal('run/expression-failed', wrong));
      node.about = 'until an instant';
      node.values = [previewValue('until', wait.until, sight)];
      break;
    }
    case 'signal': {
      const timeout = `at most ${showDuration(wait.timeoutMs)}, then ${wait.onTimeout}`;
      node.about = `for ${wait.type}, ${timeout}`;
      if (wait.match !== null) node.notes.push(`match: ${wait.match.trim()}`);
      if (wait.since === 'run') node.notes.push('what came since the run began counts');
    }
  }
  const failure = mayFail(walker, room, step, node);
  if (step.onError.then === 'continue') blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: failure.maybe };
}

export function walkSet(walker: Walker, room: Room, step: SetStep, node: PreviewStep): Walked {
  const sight = sightOf(room, step.path);
  node.values = previewValues(step.values, sight);
  const wrong = certainError(step.values, sight);
  if (wrong !== null) return failSurely(walker, room, step, node, terminal('run/expression-failed', wrong));
  // One value that cannot be filled leaves all of them as they were, and the playbook may live with that.
  const certain = step.onError.then !== 'continue' || node.values.every(({ known }) => known);
  for (const [index, { name, known, value }] of node.values.entries()) {
    const template = Object.values(step.values)[index];
    const plain = template === undefined ? null : previewValue(name, template, { ...sight, hidden: [] });
    if (plain !== null && plain.value !== value) room.hidden.push(['vars', name]);
    assign(room, name, certain && known ? (plain?.value ?? value) : undefined);
  }
  if (certain) settle(room, step, { status: 'succeeded' });
  else blur(room, step);
  return { node, ...goesOn };
}

export function walkStop(room: Room, step: StopStep, node: PreviewStep): Walked {
  const reason = previewValue('reason', step.reason, sightOf(room, step.path));
  node.about = step.outcome;
  node.values = [reason];
  settle(room, step, { status: 'succeeded' });
  return { node, end: { by: 'stop', reason: `stop: ${step.outcome}` }, maybe: false };
}

export function walkUndo(walker: Walker, room: Room, step: UndoStep, node: PreviewStep): Walked {
  node.about = step.steps === 'all' ? 'everything of this run' : step.steps.map(lastOf).join(', ');
  node.values = [previewValue('reason', step.reason, sightOf(room, step.path))];
  node.takesBack = walker.done
    .filter(({ path }) =>
      step.steps === 'all'
        ? path.startsWith(room.prefix)
        : step.steps.some((each) => isAt(path, pathIn(room, each))),
    )
    .toReversed();
  node.ask = askOf(room, step, { demandable: node.takesBack.some(({ undo }) => undo.is === 'action') });
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: failure.maybe };
}

/** The step itself, an item or a round of the loop, or what a called playbook did. */
function isAt(path: string, step: string): boolean {
  return path === step || ['[', '#', '/'].some((sign) => path.startsWith(step + sign));
}

export function walkCall(walker: Walker, room: Room, step: CallStep, node: PreviewStep): Walked {
  node.about = `${step.playbook}${step.attach ? '' : ', and goes on without waiting'}`;
  const sight = sightOf(room, step.path);
  node.values = previewValues(step.with, sight);
  const wrong = certainError(step.with, sight);
  if (wrong !== null) return failSurely(walker, room, step, node, terminal('run/expression-failed', wrong));
  const plan = walker.children[step.playbook];
  const problem = plan === undefined ? null : misfit(plan, node.values);
  if (problem !== null) {
    const message = `the inputs do not fit ${step.playbook}: ${problem}`;
    return failSurely(walker, room, step, node, terminal('action/invalid-input', message));
  }
  node.ask = room.context.env.given.mode === 'audit' ? null : askOf(room, step, { demandable: false });
  let mayEnd = false;
  if (plan === undefined) node.notes.push('the called playbook is not here, so what it does is not shown');
  else {
    const childRoom = openRoom(
      childParts(room, plan, node.values),
      openNames(plan, node.values),
      `${node.path}/`,
    );
    const flow = walker.sequence(childRoom, plan.steps, node.reached);
    node.blocks.push({
      role: 'child',
      label: `${plan.playbook.id} ${plan.playbook.version}`,
      condition: null,
      reached: node.reached,
      steps: flow.steps,
    });
    const closing = walkClosing(walker, childRoom, plan, maybe(node.reached), maybe(node.reached));
    for (const [block, steps] of [
      ['on_failure', closing.onFailure],
      ['finally', closing.finally],
    ] as const) {
      if (steps.length === 0) continue;
      const label = `${plan.playbook.id}, ${block}`;
      node.blocks.push({ role: 'child', label, condition: null, reached: maybe(node.reached), steps });
    }
    mayEnd = step.attach && (flow.maybe || flow.end !== null);
  }
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  return { node, end: null, maybe: failure.maybe || (mayEnd && step.onError.then !== 'continue') };
}

function childParts(room: Room, plan: Plan, values: readonly PreviewValue[]): Parameters<typeof openRoom>[0] {
  const { given, nowMs, connections } = room.context.env;
  const known = Object.fromEntries(
    values.filter((each) => each.known).map(({ name, value }) => [name, value]),
  );
  const defaults = Object.fromEntries(plan.inputs.map((input) => [input.name, input.default]));
  return {
    plan,
    nowMs,
    connections,
    given: {
      ...given,
      triggerId: 'call',
      alert: null,
      alertId: null,
      inputs: { ...defaults, ...known },
      depth: given.depth + 1,
    },
  };
}

function openNames(plan: Plan, values: readonly PreviewValue[]): string[] {
  return plan.inputs
    .filter((input) => values.some((value) => value.name === input.name && !value.known))
    .map((input) => input.name);
}

function misfit(plan: Plan, values: readonly PreviewValue[]): string | null {
  for (const input of plan.inputs) {
    const value = values.find((each) => each.name === input.name);
    if (value === undefined) {
      if (input.required) return `${input.name}: is required`;
      continue;
    }
    if (!value.known) continue;
    const [problem] = validatorOf(input.schema)(value.value);
    if (problem !== undefined) return `${input.name}${problem.pointer}: ${problem.message}`;
  }
  return null;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
