import type { Json } from '../../../schemas/json.ts';
import { changesTargets } from '../contracts/action.ts';
import type { LoopOrder } from '../contracts/command.ts';
import type { ForeachStep } from '../contracts/plan.ts';
import type { LoopItem, ScopeResult } from '../contracts/scope.ts';
import { evaluate } from '../expression/evaluate.ts';
import { wantedByAuthor } from './ask-step.ts';
import { failStep, succeedStep } from './finish-step.ts';
import { endLike, frameOf, passStop, tooLarge, writeLoopEnd } from './inner-scope.ts';
import { walk } from './list-steps.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/* One scope per element (language reference 9.5, table "foreach"; 5, rule 7). */

/** Language reference 9.16. */
const itemsMax = 5_000;

/** Evaluates the list once and for all, then asks about it or begins. */
export function openList(turn: Turn, step: ForeachStep): void {
  const items = evaluateItems(turn, step);
  if (items === null) return;
  updateStep(turn, step.path, { frozen: items, go: 'open' });
  if (items.length === 0) return;
  const { mode } = turn.context.env.given;
  const wanted = wantedByAuthor(turn, step, step.approval);
  if (mode === 'audit') {
    if (wanted) write(turn, 'approval.not-asked', { step: step.path, simulated: true });
  } else if (wanted || demandedByMode(turn, step)) {
    updateStep(turn, step.path, { go: 'asking' });
  } else if (step.approval !== null) {
    updateStep(turn, step.path, { approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null } });
  }
}

/** In `ask` mode one question stands for the effects of all items, unless an outer list was asked about. */
function demandedByMode(turn: Turn, step: ForeachStep): boolean {
  const { given, scope } = turn.context.env;
  if (given.mode !== 'ask' || (scope.frame?.approval ?? null) !== null) return false;
  return [...walk(step.steps, true)].some(
    (inner) => inner.kind === 'action' && changesTargets(inner.action.class),
  );
}

export function openLoop(turn: Turn, step: ForeachStep): void {
  const items = stepOf(turn, step.path).frozen ?? [];
  const { approvalId, approved } = stepOf(turn, step.path);
  if (approved) turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'consumed' });
  if (items.length === 0) {
    const summary = { total: 0, succeeded: 0, failed: 0, denied: 0, skipped: 0, cancelled: 0 };
    updateStep(turn, step.path, { frozen: null });
    succeedStep(turn, step, {
      summary,
      ...(step.collect === null ? {} : { collected: [] }),
      ...(step.readsItems ? { items: [] } : {}),
    });
    return;
  }
  const loop: LoopOrder = {
    of: 'foreach',
    body: step.path,
    groups: [{ items: items.length, parallel: step.maxParallel }],
    onItemError: step.onItemError,
    readsItems: step.readsItems,
    collects: step.collect !== null,
  };
  write(turn, 'loop.started', {
    step: step.path,
    ...(approvalId === null ? {} : { approvalId }),
    data: { items: items.length, parallel: step.maxParallel, keys: items.map((item) => item.key) },
  });
  turn.commands.push({ kind: 'open-loop', ref: step.path, loop, frame: frameOf(turn, step), items });
  updateStep(turn, step.path, { frozen: null, phase: 'inside', go: '' });
}

export function settleLoop(turn: Turn, step: ForeachStep, result: ScopeResult, topBlock: string): void {
  const large = tooLarge(result.outputs);
  const summary = result.outputs.summary ?? {};
  const outputs = large === null ? result.outputs : { summary };
  writeLoopEnd(turn, step, result, { summary });
  passStop(turn, result, topBlock);
  if (large !== null) failStep(turn, step, large, outputs);
  else if (result.status === 'succeeded') succeedStep(turn, step, outputs);
  else endLike(turn, step, result, outputs, topBlock);
}

function evaluateItems(turn: Turn, step: ForeachStep): LoopItem[] | null {
  const scope = visibleNames(turn.context, step.path);
  const fail = (code: string, message: string): null => {
    failStep(turn, step, { code, kind: 'terminal', message });
    return null;
  };
  const list = evaluate(step.list, scope);
  if (!list.ok) return fail(list.code, `foreach: ${list.message}`);
  if (!Array.isArray(list.value)) return fail('run/expression-failed', 'foreach: the result is not a list');
  const most = Math.min(step.maxItems, itemsMax);
  if (list.value.length > most) {
    return fail(
      'run/too-many-items',
      `the list has ${list.value.length} elements; at most ${most} are allowed`,
    );
  }
  const items: LoopItem[] = [];
  const seen = new Set<string>();
  for (const [index, value] of list.value.entries()) {
    const key = keyOf(step, scope, value, index);
    if (typeof key !== 'string') return fail(key.code, `key of element ${index}: ${key.message}`);
    if (seen.has(key)) {
      return fail('run/duplicate-item-key', `two elements have the key "${key.slice(0, 200)}"`);
    }
    seen.add(key);
    items.push({ index, key, value });
  }
  return items;
}

function keyOf(
  step: ForeachStep,
  scope: ReturnType<typeof visibleNames>,
  value: Json,
  index: number,
): string | { code: string; message: string } {
  if (step.key === null) return String(index);
  const key = evaluate(step.key, { ...scope, names: { ...scope.names, [step.as]: value, index } });
  if (!key.ok) return key;
  if (typeof key.value === 'string' && key.value !== '') return key.value.toWellFormed();
  if (typeof key.value === 'number') return String(key.value);
  return { code: 'run/expression-failed', message: 'a key is a text that is not empty, or a number' };
}
