import type { JsonObject } from '../../../schemas/json.ts';
import { type ActionClass, classRank } from '../contracts/action.ts';
import { evaluate } from '../expression/evaluate.ts';
import type { GuardrailRule, Guardrails, GuardrailVerdict } from './guardrails.ts';
import { missingFacts } from './missing-facts.ts';

/** What is judged: the rendered action as guards see it (`guard.*`). */
export interface GuardedAction {
  class: ActionClass;
  guard: JsonObject;
  /** Takes something back that this engine has done. */
  undoing: boolean;
  /** Of a run in mode `audit`: nothing of it goes out, so no ceiling is in its way. */
  simulated: boolean;
}

/**
 * The strictest answer of all rules that are about this action, `allow < ask < deny`. Several rules
 * that ask are one question: the larger quorum, and people whom all of them name. A rule that cannot
 * be evaluated denies, because a fact that nobody knows is no permission.
 */
export function judgeGuardrails(
  guardrails: Guardrails,
  action: GuardedAction,
  nowMs: number,
): GuardrailVerdict {
  let strictest = judgeCeiling(guardrails, action);
  for (const rule of guardrails.rules) {
    if (!rule.classes.includes(action.class) || !holds(rule, nowMs)) continue;
    const verdict = judgeRule(rule, action, nowMs);
    if (verdict.answer === 'deny') return verdict;
    strictest = strictestOf(strictest, verdict);
    if (strictest.answer === 'deny') return strictest;
  }
  return strictest;
}

/** A ceiling is about boldness: it never keeps what was done from being taken back. */
function judgeCeiling({ modeCeiling }: Guardrails, action: GuardedAction): GuardrailVerdict {
  const bold = classRank[action.class] >= classRank.contain || !action.undoing;
  if (modeCeiling === 'enforce' || !bold || action.simulated) return { answer: 'allow' };
  const id = 'mode_ceiling';
  if (modeCeiling === 'audit') return { answer: 'deny', id, reason: 'No run may change a target now' };
  return {
    answer: 'ask',
    id,
    reason: 'Every change of a target is asked about now',
    approvers: [],
    quorum: 1,
    glassQuorum: 1,
  };
}

function judgeRule(rule: GuardrailRule, { guard }: GuardedAction, nowMs: number): GuardrailVerdict {
  const { id, reason, approvers, quorum } = rule;
  const glassQuorum = rule.breakGlass === true ? 1 : quorum;
  if (rule.match !== null) {
    const judged = evaluate(rule.match, { names: { guard }, nowMs });
    if (!judged.ok) {
      const missing = missingFacts(rule.match, guard);
      if (missing.length > 0) return { answer: 'deny', id, reason, missing };
      return { answer: 'deny', id, reason: `${reason} (the rule could not be evaluated: ${judged.message})` };
    }
    if (judged.value === false) return { answer: 'allow' };
  }
  return rule.effect === 'deny'
    ? { answer: 'deny', id, reason }
    : { answer: 'ask', id, reason, approvers, quorum, glassQuorum };
}

function holds({ fromMs, untilMs }: GuardrailRule, nowMs: number): boolean {
  return (fromMs === null || nowMs >= fromMs) && (untilMs === null || nowMs < untilMs);
}

/** Several questions are one: the larger quorum, and people whom all of them name. */
export function strictestOf(one: GuardrailVerdict, other: GuardrailVerdict): GuardrailVerdict {
  if (one.answer !== 'ask' || other.answer === 'deny') return other.answer === 'allow' ? one : other;
  if (other.answer === 'allow') return one;
  const approvers = commonApprovers(one.approvers, other.approvers);
  const id = `${one.id}, ${other.id}`;
  const reason = `${one.reason}; ${other.reason}`;
  // Nobody whom both rules name can say yes to both.
  if (approvers === null) return { answer: 'deny', id, reason: `${reason} (no approver is named by both)` };
  const quorum = Math.max(one.quorum, other.quorum);
  const glassQuorum = Math.max(one.glassQuorum, other.glassQuorum);
  return { answer: 'ask', id, reason, approvers, quorum, glassQuorum };
}

function commonApprovers(one: readonly string[], other: readonly string[]): string[] | null {
  if (one.length === 0) return [...other];
  if (other.length === 0) return [...one];
  const common = one.filter((each) => other.includes(each));
  return common.length === 0 ? null : common;
}
