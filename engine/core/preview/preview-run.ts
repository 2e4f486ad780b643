import { assertNever } from '../contracts/invariant.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';
import type { Guardrails } from '../guard/guardrails.ts';
import { failSurely, maybe, mayFail, terminal } from './fail-step.ts';
import type { PreviewTree, Reached } from './preview.ts';
import { conditionOf, previewValues } from './preview-value.ts';
import { blur, blurBlock, fork, openRoom, type Room, type RoomParts, settle, sightOf } from './room.ts';
import { walkAction } from './walk-action.ts';
import { walkIf, walkParallel, walkSwitch } from './walk-choice.ts';
import { closedRoom, walkClosing } from './walk-closing.ts';
import { walkForeach, walkRepeat } from './walk-loop.ts';
import { walkCall, walkGate, walkSet, walkStop, walkUndo, walkWait } from './walk-rest.ts';
import {
  bareStep,
  type Done,
  type Flow,
  type ReadAnswer,
  type Walked,
  type Walker,
  type WantedRead,
} from './walker.ts';

/*
 * A dry run: what a run of this plan would read, ask, do and take back, from what is known before it
 * begins. Arguments, guards and questions are made by the functions that make them at run time; what
 * only the run finds out stays open and is said to be. Refuses to invent an answer. Pure: reads that
 * were really made are handed in, and those that could be made next are handed out.
 */

export interface PreviewParts extends RoomParts {
  /** Inputs whose value only the run knows. */
  openInputs: readonly string[];
  children: { [playbookId: string]: Plan };
  reads: ReadonlyMap<string, ReadAnswer>;
  /** The operator's; absent where nobody knows them, as on an author's machine. */
  guardrails?: Guardrails | null;
  /** For whoever has others to answer meanwhile: as in `Walker`. */
  stepsMost?: number;
}

export interface Previewed {
  tree: PreviewTree;
  /** Reads that the run would certainly make, with everything they need. */
  wanted: WantedRead[];
}

export function previewRun(parts: PreviewParts): Previewed {
  const { plan } = parts;
  const walker = new PlanWalker(parts);
  const room = openRoom(parts, parts.openInputs);
  const main = walker.sequence(room, plan.steps, 'yes');
  const fails = main.end?.by === 'failed' && !main.maybe;
  const closing = walkClosing(walker, room, plan, fails ? 'yes' : 'maybe', 'yes');
  return {
    tree: {
      mode: parts.given.mode,
      steps: main.steps,
      ...closing,
      outputs: previewValues(plan.outputs, sightOf(closedRoom(room, plan))),
    },
    wanted: walker.wanted,
  };
}

class PlanWalker implements Walker {
  readonly children: { [playbookId: string]: Plan };
  readonly reads: ReadonlyMap<string, ReadAnswer>;
  readonly guardrails: Guardrails | null;
  readonly stepsMost: number | null;
  readonly wanted: WantedRead[] = [];
  readonly done: Done[] = [];
  walked = 0;

  constructor(parts: PreviewParts) {
    this.children = parts.children;
    this.reads = parts.reads;
    this.guardrails = parts.guardrails ?? null;
    this.stepsMost = parts.stepsMost ?? null;
  }

  sequence(room: Room, steps: readonly PlanStep[], reached: Reached): Flow {
    const flow: Flow = { steps: [], end: null, maybe: false, stops: false };
    let here = reached;
    for (const step of steps) {
      if (here === 'no' || flow.end !== null) {
        flow.steps.push(bareStep(room, step, 'no'));
        continue;
      }
      const walked = this.#step(room, step, here);
      flow.steps.push(walked.node);
      flow.end = walked.end;
      flow.maybe ||= walked.maybe;
      flow.stops ||= walked.stops === true || walked.end?.by === 'stop';
      if (walked.maybe) here = maybe(here);
    }
    return flow;
  }

  #step(room: Room, step: PlanStep, reached: Reached): Walked {
    this.walked += 1;
    const walked = this.#tested(room, step, reached);
    const { node } = walked;
    const shown = node.blocks.some(({ role }) => role === 'on_error');
    if (shown || step.onError.steps.length === 0 || !mayStillFail(step, walked)) return walked;
    const failure = mayFail(this, room, step, node);
    if (step.onError.then === 'continue') blur(room, step);
    return { ...walked, maybe: walked.maybe || failure.maybe };
  }

  #tested(room: Room, step: PlanStep, reached: Reached): Walked {
    const node = bareStep(room, step, reached);
    if (step.if === null || step.kind === 'if') return this.#body(room, step, node);
    node.if = conditionOf(step.if, sightOf(room, step.path));
    switch (node.if.outcome) {
      case 'true':
        return this.#body(room, step, node);
      case 'false':
        node.reached = 'no';
        settle(room, step, { status: 'skipped' });
        return { node, end: null, maybe: false };
      case 'error': {
        const failure = terminal('run/expression-failed', `if: ${node.if.message}`);
        return failSurely(this, room, step, node, failure);
      }
      case 'open': {
        node.reached = maybe(reached);
        const aside = fork(room);
        const walked = this.#body(aside, step, node);
        blurBlock(room, [step]);
        return { node, end: null, maybe: walked.maybe || walked.end !== null };
      }
    }
  }

  #body(room: Room, step: PlanStep, node: Walked['node']): Walked {
    switch (step.kind) {
      case 'action':
        return walkAction(this, room, step, node);
      case 'approval':
        return walkGate(room, step, node);
      case 'if':
        return walkIf(this, room, step, node);
      case 'switch':
        return walkSwitch(this, room, step, node);
      case 'parallel':
        return walkParallel(this, room, step, node);
      case 'foreach':
        return walkForeach(this, room, step, node);
      case 'repeat':
        return walkRepeat(this, room, step, node);
      case 'wait':
        return walkWait(this, room, step, node);
      case 'call':
        return walkCall(this, room, step, node);
      case 'set':
        return walkSet(this, room, step, node);
      case 'stop':
        return walkStop(room, step, node);
      case 'undo':
        return walkUndo(this, room, step, node);
      default:
        return assertNever(step, 'step');
    }
  }
}

/** Whether the step can fail after all that is known: its condition, its values, or a no that counts as one. */
function mayStillFail(step: PlanStep, { node, end }: Walked): boolean {
  if (end !== null || node.reached === 'no' || node.fails !== null || node.denied !== null) return false;
  if (node.action?.found != null) return false;
  if (node.if?.outcome === 'open' || node.guards.some(({ verdict }) => verdict === 'open')) return true;
  if (step.kind === 'set') return node.values.some(({ known }) => !known);
  // What a gate covers is filled before anybody is asked.
  return (
    step.kind === 'approval' &&
    node.ask?.asks !== 'no' &&
    (step.onDenied === 'fail' || step.covers.length > 0)
  );
}
