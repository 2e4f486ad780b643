import type { PreviewStep, PreviewTree } from '../preview/preview.ts';
import type { Effects, Span, ToldAction, ToldRule } from './result.ts';

/** What a dry run says that a run would do to others, read off its tree. */
export function effectsOf({ steps, onFailure, finally: last }: PreviewTree): Effects {
  const effects: Effects = { actions: [], questions: { expected: 0, atMost: 0 }, rules: [], more: false };
  for (const step of [...steps, ...onFailure, ...last]) addStep(effects, step);
  return effects;
}

function addStep(effects: Effects, step: PreviewStep): void {
  const { reached } = step;
  if (reached === 'no') return;
  if (!(step.kind === 'action' && step.denied !== null)) addQuestion(effects.questions, step);
  for (const rule of rulesOf(step)) effects.rules.push(rule);
  const { action } = step;
  if (action !== null && action.class !== 'read' && step.denied === null && step.fails === null)
    effects.actions.push({ ...toldAction(action), reached });
  const items = step.blocks.filter(({ role }) => role === 'item').length;
  if (step.items !== null && items < step.items.length) effects.more = true;
  for (const block of step.blocks)
    if (block.reached !== 'no') for (const each of block.steps) addStep(effects, each);
}

/** A question that a gate covers is asked at the gate; what a guardrail wants asked is asked once. */
function addQuestion(questions: Span, { ask, guards, reached }: PreviewStep): void {
  const ruled = guards.some(({ verdict }) => verdict === 'asks');
  const asks = ask?.asks ?? 'no';
  const perhaps =
    asks === 'sometimes' || guards.some(({ of, verdict }) => of === 'guardrails' && verdict === 'open');
  if (asks === 'covered' && !ruled) return;
  if (asks === 'yes' || ruled) {
    questions.atMost += 1;
    if (reached === 'yes') questions.expected += 1;
  } else if (perhaps) questions.atMost += 1;
}

const answers = { denies: 'deny', asks: 'ask', open: 'open' } as const;

/** The operator's, and not the playbook's own guards. */
function rulesOf({ guards }: PreviewStep): ToldRule[] {
  return guards.flatMap(({ id, verdict, message, of }): ToldRule[] =>
    of === 'guardrails' && (verdict === 'denies' || verdict === 'asks' || verdict === 'open')
      ? [{ rule: id, answer: answers[verdict], reason: message }]
      : [],
  );
}

function toldAction(action: NonNullable<PreviewStep['action']>): Omit<ToldAction, 'reached'> {
  const { target } = action;
  const id = target?.id.known === true && typeof target.id.value === 'string' ? target.id.value : null;
  return {
    action: action.key,
    class: action.class,
    target: target === null || id === null ? null : { kind: target.kind, id },
    simulated: action.simulated,
  };
}
