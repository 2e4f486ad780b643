import { knownSuccesses } from './known-successes.ts';
import { type Block, type Body, findStep, type Outline, type StepSite } from './outline.ts';
import { textField } from './source-node.ts';

/*
 * Which steps are visible, and which have certainly succeeded, at each place of a playbook
 * (rules S2, S4 and S5). Walks the blocks once, along the order in which a run would.
 */

export interface FlowState {
  /** Steps an expression may name here. */
  visible: ReadonlySet<StepSite>;
  /** Those whose outputs are certainly there. */
  certain: ReadonlySet<StepSite>;
  /** False behind a `stop` that nothing can avoid. */
  reachable: boolean;
}

export interface Flow {
  /** Before the step, its own `if` not yet tested. */
  before: ReadonlyMap<StepSite, FlowState>;
  /** Inside the step: its `if` was true. */
  inside: ReadonlyMap<StepSite, FlowState>;
  /** When the condition of a case is tested. */
  whenCase: ReadonlyMap<Block, FlowState>;
  /** After the last step of a loop's body, where `until` and `collect` are evaluated. */
  bodyEnd: ReadonlyMap<Block, FlowState>;
  /** A run may end after any step: everything is visible, nothing certain. */
  atEnd: FlowState;
}

export function traceFlow(outline: Outline): Flow {
  const tracer = new Tracer();
  const nothing: FlowState = { visible: new Set(), certain: new Set(), reachable: true };
  const end = tracer.block(outline.steps, nothing);
  const atEnd: FlowState = { visible: end.visible, certain: new Set(), reachable: true };
  tracer.block(outline.onFailure, atEnd);
  tracer.block(outline.finally, atEnd);
  const { before, inside, whenCase, bodyEnd } = tracer;
  return { before, inside, whenCase, bodyEnd, atEnd };
}

class Tracer {
  readonly before = new Map<StepSite, FlowState>();
  readonly inside = new Map<StepSite, FlowState>();
  readonly whenCase = new Map<Block, FlowState>();
  readonly bodyEnd = new Map<Block, FlowState>();

  block(block: Block, start: FlowState): FlowState {
    return block.steps.reduce((state, step) => this.#step(step, state), start);
  }

  #step(step: StepSite, state: FlowState): FlowState {
    this.before.set(step, state);
    const condition = textField(step.node, 'if');
    const inside = condition === undefined ? state : knowing(state, condition, true, step.body);
    this.inside.set(step, inside);

    let after = this.#body(step, inside, state);
    const seen = new Set([...after.visible, ...inside.visible, step]);
    if (step.kind !== 'if' && condition !== undefined) {
      after = join(after, knowing(state, condition, false, step.body));
    }
    if (mayContinueDenied(step)) after = join(after, state);
    after = this.#afterError(step, after, { ...state, visible: seen });
    return { ...after, visible: new Set([...after.visible, ...seen]) };
  }

  #body(step: StepSite, inside: FlowState, state: FlowState): FlowState {
    switch (step.kind) {
      case 'stop':
        return { ...inside, reachable: false };
      case 'if':
        return withStep(step, this.#choose(step, inside, state));
      case 'switch':
        return withStep(step, this.#switch(step, inside));
      case 'parallel':
        return withStep(step, this.#parallel(step, inside));
      case 'foreach':
      case 'repeat':
        return withStep(step, this.#loop(step, inside));
      default:
        return withStep(step, inside);
    }
  }

  #choose(step: StepSite, inside: FlowState, state: FlowState): FlowState {
    const condition = textField(step.node, 'if') ?? '';
    const otherwise = knowing(state, condition, false, step.body);
    const [thenBlock, elseBlock] = step.blocks;
    const thenEnd = thenBlock ? this.block(thenBlock, inside) : inside;
    return join(thenEnd, elseBlock ? this.block(elseBlock, otherwise) : otherwise);
  }

  #switch(step: StepSite, inside: FlowState): FlowState {
    let rest = inside;
    const ends: FlowState[] = [];
    for (const block of step.blocks) {
      if (block.role === 'default') {
        ends.push(this.block(block, rest));
        continue;
      }
      this.whenCase.set(block, rest);
      const when = typeof block.when?.value === 'string' ? block.when.value : '';
      ends.push(this.block(block, knowing(rest, when, true, step.body)));
      rest = knowing(rest, when, false, step.body);
    }
    if (!step.blocks.some(({ role }) => role === 'default')) ends.push(rest);
    return ends.reduce(join);
  }

  #parallel(step: StepSite, inside: FlowState): FlowState {
    const ends = step.blocks.map((branch) => this.block(branch, inside));
    const visible = new Set(ends.flatMap(({ visible }) => [...visible]));
    // `all` and `settle` succeed only when every branch did; `any` says nothing about the others.
    const racing = textField(step.node, 'join') === 'any';
    const certain = racing
      ? inside.certain
      : new Set([...inside.certain, ...ends.flatMap((end) => [...end.certain])]);
    // A stop ends the whole run, also from inside a branch.
    const reachable = racing ? ends.some((end) => end.reachable) : ends.every((end) => end.reachable);
    return { visible, certain, reachable };
  }

  /** S3: nothing of the body is seen from outside. */
  #loop(step: StepSite, inside: FlowState): FlowState {
    const [block] = step.blocks;
    if (!block) return inside;
    const end = this.block(block, inside);
    this.bodyEnd.set(block, end);
    // A list may be empty; a round is always run.
    return step.kind === 'repeat' ? { ...inside, reachable: end.reachable } : inside;
  }

  #afterError(step: StepSite, after: FlowState, failed: FlowState): FlowState {
    if (textField(step.node, 'on_error') === 'continue') return join(after, failed);
    if (!step.onError) return after;
    const handled = this.block(step.onError, failed);
    const onError = step.node.fields.get('on_error')?.value;
    if (textField(onError, 'then') === 'continue') return join(after, handled);
    return { ...after, visible: new Set([...after.visible, ...handled.visible]) };
  }
}

function knowing(state: FlowState, condition: string, holds: boolean, body: Body): FlowState {
  const known = knownSuccesses(condition, holds).flatMap((id) => findStep(id, body) ?? []);
  return known.length === 0 ? state : { ...state, certain: new Set([...state.certain, ...known]) };
}

function withStep(step: StepSite, state: FlowState): FlowState {
  return { ...state, visible: new Set([...state.visible, step]), certain: new Set([...state.certain, step]) };
}

function mayContinueDenied(step: StepSite): boolean {
  return textField(step.node, 'on_denied') === 'continue';
}

function join(a: FlowState, b: FlowState): FlowState {
  const visible = new Set([...a.visible, ...b.visible]);
  if (!a.reachable) return { ...b, visible };
  if (!b.reachable) return { ...a, visible };
  return { visible, certain: new Set([...a.certain].filter((step) => b.certain.has(step))), reachable: true };
}
