import type { LimitQuestion, RenderedAction } from '../core/contracts/command.ts';
import type { GuardrailLimit, Guardrails } from '../core/guard/guardrails.ts';
import { targetsOfShare } from '../core/guard/share-of-fleet.ts';
import type { World } from './world.ts';

/** The budgets of the whole tenant that an action counts against. */
export async function guardrailLimits(
  world: World,
  guardrails: Guardrails,
  { target, class: kind }: RenderedAction,
): Promise<LimitQuestion[]> {
  if (target === null) return [];
  const questions: LimitQuestion[] = [];
  for (const limit of guardrails.limits) {
    if (limit.targetKind !== target.kind || !limit.classes.includes(kind)) continue;
    questions.push(limitQuestion(limit, 'share' in limit.size ? await world.knownFleet(target.kind) : 0));
  }
  return questions;
}

function limitQuestion(limit: GuardrailLimit, known: number): LimitQuestion {
  const { id, perMs, size, onExceed, reason } = limit;
  const question = {
    guardId: id,
    key: `guardrails:${id}`,
    perMs,
    ...(limit.terms && { terms: limit.terms }),
  };
  const targets = 'targets' in size ? size.targets : targetsOfShare(size.share, known);
  if (targets !== null) return { ...question, targets, onExceed, message: reason };
  const message = `${reason} (no ${limit.targetKind} was looked up of late, so its share is not known)`;
  return { ...question, targets: 0, onExceed: 'ask', message };
}
