import type { JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { RenderedAction } from '../contracts/command.ts';
import { assertNever } from '../contracts/invariant.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';
import type { Guardrails } from '../guard/guardrails.ts';
import type { PreviewStep, PreviewUndo, Reached } from './preview.ts';
import { pathIn, type Room } from './room.ts';

/* What the parts of a dry run's walk hand each other. */

/** What a read that was really made came back with. */
export type ReadAnswer =
  | { is: 'found'; outputs: JsonObject }
  | { is: 'failed'; failure: Failure }
  /** No answer that a run could go on with at once; it would wait or try again. */
  | { is: 'unsettled'; message: string };

/** A read that the run would certainly make, with everything it needs. */
export interface WantedRead {
  path: string;
  rendered: RenderedAction;
  timeoutMs: number;
}

/** Something done that can be taken back, in the order of doing. */
export interface Done {
  path: string;
  reached: Reached;
  undo: PreviewUndo;
}

/** Why nothing comes after a step. */
export type Ending =
  | { by: 'stop' | 'denied'; reason: string }
  | { by: 'failed'; reason: string; failure: Failure };

export interface Walked {
  node: PreviewStep;
  end: Ending | null;
  /** It may end the run, or fail the block; what follows is not certain. */
  maybe: boolean;
  /** As in `Flow`. */
  stops?: boolean;
}

export interface Flow {
  steps: PreviewStep[];
  end: Ending | null;
  maybe: boolean;
  /** A `stop` inside certainly comes, though perhaps beside others: it ends the run, and what runs beside all this. */
  stops: boolean;
}

export interface Walker {
  /** Called playbooks by id. */
  readonly children: { [playbookId: string]: Plan };
  /** Answers by path in the run. */
  readonly reads: ReadonlyMap<string, ReadAnswer>;
  /** The operator's, as far as they are known; null: nothing is said of them. */
  readonly guardrails: Guardrails | null;
  /** After so many steps no further element of a list is looked at; null: those that are shown always are. */
  readonly stepsMost: number | null;
  readonly wanted: WantedRead[];
  readonly done: Done[];
  /** Steps so far, nested ones included. */
  walked: number;
  /** Walks steps one after the other and leaves in the room what is known after them. */
  sequence(room: Room, steps: readonly PlanStep[], reached: Reached): Flow;
}

export function bareStep(room: Room, step: PlanStep, reached: Reached): PreviewStep {
  return {
    path: pathIn(room, step.path),
    id: step.id,
    name: step.name,
    kind: step.kind,
    does: doesOf(step),
    reached,
    if: null,
    about: '',
    action: null,
    ask: null,
    guards: [],
    undo: null,
    takesBack: [],
    values: [],
    items: null,
    fails: null,
    denied: null,
    onDenied: step.onDenied,
    onError: step.onError.then,
    notes: [],
    blocks: [],
  };
}

function doesOf(step: PlanStep): PreviewStep['does'] {
  switch (step.kind) {
    case 'action':
      return step.action.class === 'read' ? 'read' : step.action.class === 'notify' ? 'tell' : 'do';
    case 'approval':
      return 'ask';
    case 'if':
    case 'switch':
    case 'parallel':
    case 'foreach':
    case 'repeat':
      return 'block';
    case 'set':
    case 'stop':
    case 'wait':
    case 'call':
    case 'undo':
      return step.kind;
    default:
      return assertNever(step, 'step');
  }
}
