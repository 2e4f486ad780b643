import type { JsonObject } from '../../../schemas/json.ts';
import { changesTargets } from '../contracts/action.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { masked } from '../identity/mask-values.ts';
import { renderAction, systemOf } from '../run/render-action.ts';
import { askOf } from './ask-of.ts';
import { failSurely, livesWithLess, maybe, mayFail, terminal } from './fail-step.ts';
import { deniedBy, judgeGuards, judgeRules } from './judge-guards.ts';
import type { PreviewStep, PreviewValue } from './preview.ts';
import { certainError, previewValues } from './preview-value.ts';
import { blur, blurAnswer, blurOutputs, learnFacts, openFacts, type Room, settle, sightOf } from './room.ts';
import { takeBack } from './take-back.ts';
import type { ReadAnswer, Walked, Walker } from './walker.ts';

/* One action step: what it would read, tell or do, who is asked before, and how it is taken back. */

export function walkAction(walker: Walker, room: Room, step: ActionStep, node: PreviewStep): Walked {
  const { plan, given } = room.context.env;
  const sight = sightOf(room, step.path);
  const values = previewValues(step.with, sight);
  const simulated = given.mode === 'audit' && step.action.class !== 'read';
  node.action = {
    key: step.action.key,
    version: step.action.version,
    class: step.action.class,
    title: step.action.title,
    connection: step.connection,
    arguments: values,
    target: targetOf(step, values),
    simulated,
    found: null,
  };
  const wrong = certainError(step.with, sight);
  if (wrong !== null) return failSurely(walker, room, step, node, terminal('run/expression-failed', wrong));
  const rendered = values.every((value) => value.known) ? renderAction(room.context, step) : null;
  if (rendered !== null && !rendered.ok) return failSurely(walker, room, step, node, rendered.failure);

  const judged = rendered?.rendered ?? halfRendered(step, values);
  node.guards = [
    ...judgeGuards(room, step, judged, values),
    ...judgeRules(walker.guardrails, room, step, judged, values),
  ];
  const denied = deniedBy(node.guards);
  if (denied !== null) return deny(walker, room, step, node, denied);

  // Only the run finds out whether the guard lets it pass.
  const guardOpen = node.guards.some((guard) => guard.verdict === 'open');
  if (guardOpen) node.reached = maybe(node.reached);

  const looksOnly = given.mode === 'audit' && step.action.class === 'read';
  node.ask = looksOnly
    ? null
    : askOf(room, step, {
        demandable: changesTargets(step.action.class),
        covered: room.gated[step.path] ?? null,
      });
  if (room.gated[step.path] === 'perhaps' && node.ask?.asks === 'sometimes')
    node.notes.push('asks nobody again when its gate was asked and granted');
  node.undo = simulated ? null : takeBack(plan, step, values, sight);
  if (node.undo !== null) walker.done.push({ path: node.path, reached: node.reached, undo: node.undo });

  if (simulated) return simulate(walker, room, step, node);
  const answer = walker.reads.get(node.path);
  if (answer !== undefined) return useAnswer(walker, room, step, node, answer, rendered?.rendered ?? null);
  if (rendered !== null && mayRead(node)) {
    walker.wanted.push({ path: node.path, rendered: rendered.rendered, timeoutMs: step.timeoutMs });
  }
  return leaveOpen(walker, room, step, node);
}

/** Nothing goes out; a value that cannot be filled, a guard and the installation's guardrails may still say no. */
function simulate(walker: Walker, room: Room, step: ActionStep, node: PreviewStep): Walked {
  const valuesOpen = node.action?.arguments.some(({ known }) => !known) === true;
  const fails = step.onDenied === 'fail' || valuesOpen;
  const failure = fails ? mayFail(walker, room, step, node) : { maybe: false };
  if (step.onDenied === 'continue' || (fails && step.onError.then === 'continue')) blur(room, step);
  else settle(room, step, { status: 'succeeded', outputs: step.action.example, simulated: true });
  return { node, end: null, maybe: failure.maybe || mayBeStopped(step, node) };
}

/** Whoever comes after this step knows that it succeeded, unless the playbook lives with less. */
function leaveOpen(walker: Walker, room: Room, step: ActionStep, node: PreviewStep): Walked {
  const failure = mayFail(walker, room, step, node);
  if (livesWithLess(step)) blur(room, step);
  else blurOutputs(room, step);
  if (Object.keys(step.action.facts).length > 0) openFacts(room, certainTarget(node));
  return { node, end: null, maybe: failure.maybe || mayBeStopped(step, node) };
}

/** A guard that only the run can judge ends it with a no. */
function mayBeStopped(step: ActionStep, node: PreviewStep): boolean {
  return step.onDenied === 'stop' && node.guards.some(({ verdict }) => verdict === 'open');
}

/** The one target that it will be about, whatever comes; whoever is asked may be free to name another. */
function certainTarget(node: PreviewStep): { kind: string; id: string } | null {
  const target = node.action?.target ?? null;
  const id = target?.id.known === true ? target.id.value : null;
  return target === null || typeof id !== 'string' || mayAsk(node) ? null : { kind: target.kind, id };
}

function mayAsk({ ask }: PreviewStep): boolean {
  return ask !== null && (ask.asks === 'yes' || ask.asks === 'sometimes');
}

function useAnswer(
  walker: Walker,
  room: Room,
  step: ActionStep,
  node: PreviewStep,
  answer: ReadAnswer,
  rendered: RenderedAction | null,
): Walked {
  switch (answer.is) {
    case 'found': {
      const { outputs } = answer;
      settle(room, step, { status: 'succeeded', outputs });
      blurAnswer(room, step);
      for (const name of step.mask) room.hidden.push(['steps', step.id, 'outputs', name]);
      if (node.action !== null) node.action.found = maskNamed(outputs, step.mask);
      if (rendered !== null && rendered.target !== null && !mayAsk(node))
        learnFacts(room, rendered.target, factsOf(step, outputs));
      else if (Object.keys(step.action.facts).length > 0) openFacts(room, null);
      return { node, end: null, maybe: false };
    }
    case 'failed':
      blurAnswer(room, step);
      // A no of a person may be what failed it.
      room.holes.push(['steps', step.id, 'denial']);
      return failSurely(walker, room, step, node, answer.failure);
    case 'unsettled':
      node.notes.push(`no answer yet: ${answer.message}`);
      return leaveOpen(walker, room, step, node);
  }
}

function deny(walker: Walker, room: Room, step: ActionStep, node: PreviewStep, reason: string): Walked {
  node.denied = reason;
  settle(room, step, { status: 'denied', denial: { by: 'guard', reason } });
  // Where a fact is missing, the engine says so in its own words.
  room.holes.push(['steps', step.id, 'denial', 'reason'], ['failure', 'message']);
  switch (step.onDenied) {
    case 'continue':
      return { node, end: null, maybe: false };
    case 'stop':
      return { node, end: { by: 'denied', reason }, maybe: false };
    case 'fail':
      return failSurely(walker, room, step, node, terminal('guard/denied', reason));
  }
}

/** Only a read that the run would certainly make, and before which nobody is asked. */
function mayRead(node: PreviewStep): boolean {
  const open = node.guards.some((guard) => guard.verdict === 'open');
  return node.action?.class === 'read' && node.reached === 'yes' && !mayAsk(node) && !open;
}

function targetOf(
  step: ActionStep,
  values: readonly PreviewValue[],
): NonNullable<PreviewStep['action']>['target'] {
  const { target } = step.action;
  if (target === null) return null;
  const id = values.find((value) => value.name === target.argument);
  return { kind: target.kind, id: id ?? { name: target.argument, known: false, value: null, dependsOn: [] } };
}

/** What guards can look at while some arguments are not known. */
function halfRendered(step: ActionStep, values: readonly PreviewValue[]): RenderedAction {
  const known = values.filter((value) => value.known);
  const id = known.find((value) => value.name === step.action.target?.argument)?.value;
  return {
    action: step.action.key,
    actionVersion: step.action.version,
    class: step.action.class,
    system: systemOf(step),
    connection: step.connection ?? '',
    arguments: Object.fromEntries(known.map(({ name, value }) => [name, value])),
    target:
      step.action.target === null
        ? null
        : { kind: step.action.target.kind, id: typeof id === 'string' ? id : '' },
    actionKey: '',
    generation: 0,
  };
}

function maskNamed(outputs: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, names.includes(name) ? masked : value]),
  );
}

function factsOf(step: ActionStep, outputs: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(step.action.facts).flatMap(([fact, output]) => {
      const value = outputs[output];
      return value === undefined ? [] : [[fact, value]];
    }),
  );
}
