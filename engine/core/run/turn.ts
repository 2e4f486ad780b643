import type { Command } from '../contracts/command.ts';
import type { Actor, EntryDraft, EntryType } from '../contracts/entry.ts';
import { emptyStep, type RunContext, type StepState } from './context.ts';
import { toRuntimePath } from './scope-path.ts';

/*
 * One entry function's working copy: it reads and changes a copy of the context and collects what
 * the world should do. Nothing of it is shared, so the functions that use it stay pure.
 */
export interface Turn {
  context: RunContext;
  commands: Command[];
  entries: EntryDraft[];
  /** Blocks halted in this turn; their waiting steps are told in the same transition. */
  haltedNow: string[];
  /** The step did not expect this event in its present state after all. */
  unexpected: boolean;
}

export function openTurn(context: RunContext): Turn {
  return {
    context: { ...context, steps: { ...context.steps } },
    commands: [],
    entries: [],
    haltedNow: [],
    unexpected: false,
  };
}

export function stepOf(turn: Turn, path: string): StepState {
  return turn.context.steps[path] ?? emptyStep;
}

export function updateStep(turn: Turn, path: string, patch: Partial<StepState>): StepState {
  const next = { ...stepOf(turn, path), ...patch };
  turn.context.steps[path] = next;
  return next;
}

/** The playbook speaks for itself; people and targets are named by the entries of their own doors. */
export function write(turn: Turn, type: EntryType, fields: Omit<EntryDraft, 'type' | 'actor'> = {}): void {
  const { given, plan } = turn.context.env;
  const actor: Actor = { kind: 'playbook', id: plan.playbook.id, channel: 'engine' };
  turn.entries.push({
    type,
    actor,
    runId: given.runId,
    playbook: { id: plan.playbook.id, version: plan.playbook.version, digest: given.digest },
    ...fields,
  });
}

export function halt(turn: Turn, block: string): void {
  if (turn.context.halted.includes(block)) return;
  turn.context.halted = [...turn.context.halted, block];
  turn.haltedNow.push(block);
}

export function isHalted(context: RunContext, within: readonly string[]): boolean {
  return within.some((block) => context.halted.includes(block));
}

/** A path as people, targets and other scopes know it. */
export function runPath(context: RunContext, planPath: string): string {
  return toRuntimePath(context.env.scope, planPath);
}
