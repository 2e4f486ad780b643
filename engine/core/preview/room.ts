import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';
import type { ScopeGiven } from '../contracts/scope.ts';
import { emptyContext, emptyStep, type RunContext, type RunGiven, type StepState } from '../run/context.ts';
import { learned } from '../run/known-facts.ts';
import { blocksOf, walk } from '../run/list-steps.ts';
import { runPath } from '../run/turn.ts';
import { outsideNames, visibleNames } from '../run/visible-names.ts';
import { fill, type Sight } from './look-at.ts';

/*
 * What is known at one place of a run that has not begun: the context that decisions use at run time,
 * filled with what is certain, and the holes in it. Copied where ways part.
 */

export type Hole = (string | number)[];

export interface Room {
  context: RunContext;
  holes: Hole[];
  /** Values that the playbook calls secret: used, never shown. */
  hidden: Hole[];
  /** One yes stands for the whole list around this place. */
  listAsked: boolean;
  /** By plan path, steps that a gate before this place covers; `perhaps`: it may ask nobody, and then they ask. */
  gated: { [planPath: string]: 'surely' | 'perhaps' };
  /** A read that was not made may have told facts about targets. */
  factsOpen: boolean;
  /** A branch beside this place may tell facts at any moment. */
  factsRace: boolean;
  /** In front of paths inside a called playbook, e.g. `run/contain/`; empty outside. */
  prefix: string;
}

export interface RoomParts {
  plan: Plan;
  given: RunGiven;
  nowMs: number;
  connections: { [system: string]: string[] };
}

/** Known only once there is a run, whatever else is known. */
const ofTheRun: readonly Hole[] = [
  ['run', 'id'],
  ['run', 'url'],
  ['run', 'started_at'],
  ['alert', 'id'],
];

export function openRoom(parts: RoomParts, openInputs: readonly string[], prefix = ''): Room {
  const room: Room = {
    context: contextOf(parts, runScope),
    holes: [...ofTheRun, ...openInputs.map((name) => ['inputs', name])],
    hidden: [],
    listAsked: false,
    gated: {},
    factsOpen: false,
    factsRace: false,
    prefix,
  };
  // As at run time: a variable sees those before it.
  for (const { name, value } of parts.plan.vars) {
    const filled = fill(value, sightOf(room));
    assign(room, name, filled.is === 'value' ? filled.value : undefined);
  }
  return room;
}

/** The body of a loop, for one element or for all that are not known yet. */
export function openInner(
  room: Room,
  step: PlanStep,
  scope: Pick<ScopeGiven, 'path' | 'kind' | 'item'>,
  holes: readonly Hole[],
): Room {
  const { env, facts } = room.context;
  const given: ScopeGiven = {
    ...scope,
    body: step.path,
    parent: env.scope.path,
    frame: { names: outsideNames(room.context, step.path), facts, approval: null, undo: null },
  };
  const context = { ...contextOf({ ...env }, given), facts };
  return { ...room, context, holes: [...room.holes, ...holes], hidden: [...room.hidden] };
}

function contextOf(parts: RoomParts, scope: ScopeGiven): RunContext {
  const { plan, given, nowMs, connections } = parts;
  return {
    ...emptyContext(),
    started: true,
    env: { plan, given, scope, nowMs, connections, event: { type: 'run.started' } },
  };
}

export function fork(room: Room): Room {
  const { context } = room;
  return { ...room, context: { ...context }, holes: [...room.holes], hidden: [...room.hidden] };
}

export function sightOf(room: Room, path?: string): Sight {
  return { scope: visibleNames(room.context, path), holes: room.holes, hidden: room.hidden };
}

/** A step's path as the run would call it. */
export function pathIn(room: Room, planPath: string): string {
  const path = runPath(room.context, planPath);
  return room.prefix === '' ? path : room.prefix + path.slice('run/'.length);
}

/** What is certain about a step from here on; when it happens is not. */
export function settle(room: Room, step: PlanStep, state: Partial<StepState>): void {
  const known = room.context.steps[step.path] ?? emptyStep;
  room.context.steps = { ...room.context.steps, [step.path]: { ...known, ...state } };
  room.holes.push(['steps', step.id, 'started_at'], ['steps', step.id, 'finished_at']);
}

/** Nobody knows from here on how a step ended and with what. */
export function blur(room: Room, step: PlanStep): void {
  room.holes.push(['steps', step.id]);
}

/** It succeeded, and its outputs are what only the run finds out. */
export function blurOutputs(room: Room, step: PlanStep): void {
  settle(room, step, { status: 'succeeded' });
  // A loop's results are beside its outputs.
  for (const field of outside(step)) room.holes.push(['steps', step.id, field]);
  blurAnswer(room, step);
}

/** How often it was tried and who said yes is what only the run finds out. */
export function blurAnswer(room: Room, step: PlanStep): void {
  room.holes.push(['steps', step.id, 'attempts'], ['steps', step.id, 'approval']);
}

function outside(step: PlanStep): string[] {
  return step.kind === 'foreach' ? ['summary', 'items', 'collected'] : ['outputs'];
}

/** It failed: with what, after how much, and how far the steps inside it came, only the run finds out. */
export function blurFailed(room: Room, step: PlanStep): void {
  settle(room, step, { status: 'failed' });
  const fields = [...outside(step), 'outputs', 'failure', 'denial', 'attempts', 'approval', 'branches'];
  room.holes.push(['failure'], ...fields.map((field) => ['steps', step.id, field]));
  blurSet(room, step);
  blurInside(room, step);
}

/** How far the blocks inside a step came is not known. */
export function blurInside(room: Room, step: PlanStep): void {
  blurBlock(room, blocksOf(step).flat());
}

/** After a block of which nobody knows whether it ran: its steps, what it set and the facts it told are not known. */
export function blurBlock(room: Room, steps: readonly PlanStep[]): void {
  for (const step of walk(steps, false)) {
    blur(room, step);
    blurSet(room, step);
  }
  if (tellsFacts(steps)) openFacts(room, null);
}

function blurSet(room: Room, step: PlanStep): void {
  if (step.kind === 'set') for (const name of Object.keys(step.values)) room.holes.push(['vars', name]);
}

/** A variable's value from here on; undefined: only the run finds it out. */
export function assign(room: Room, name: string, value: Json | undefined): void {
  room.holes = room.holes.filter(([root, key]) => root !== 'vars' || key !== name);
  if (value === undefined) room.holes.push(['vars', name]);
  else room.context.vars = { ...room.context.vars, [name]: value };
}

/** Whether guards behind these steps may see facts that they told; what a loop's items find out stays in them. */
export function tellsFacts(steps: readonly PlanStep[]): boolean {
  return [...walk(steps, false)].some(
    (step) => step.kind === 'action' && Object.keys(step.action.facts).length > 0,
  );
}

/** Something may have told facts about a target, or about any; which, only the run finds out. */
export function openFacts(room: Room, target: { kind: string; id: string } | null): void {
  const { facts } = room.context;
  const others = target === null ? [] : Object.entries(facts).filter(([key]) => key !== keyOf(target));
  room.context.facts = Object.fromEntries(others);
  room.factsOpen = true;
}

/** Facts about a target that a read found: guards and cards see them. */
export function learnFacts(room: Room, target: { kind: string; id: string }, facts: JsonObject): void {
  if (room.factsRace) return;
  const key = keyOf(target);
  const known = room.context.facts[key] ?? {};
  const told = Object.entries(facts).map(([fact, value]) => [fact, learned(fact, known[fact], value)]);
  room.context.facts = { ...room.context.facts, [key]: { ...known, ...Object.fromEntries(told) } };
}

function keyOf(target: { kind: string; id: string }): string {
  return `${target.kind}:${target.id}`;
}

const runScope: ScopeGiven = { path: 'run', kind: 'run', body: 'run', parent: null, frame: null, item: null };
