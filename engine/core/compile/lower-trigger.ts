import type { TargetKind } from '../contracts/action.ts';
import type { PlanTrigger, TriggerType } from '../contracts/plan.ts';
import { indexedNeeds } from '../expression/read-conjuncts.ts';
import { bareExpression } from './lower-value.ts';
import { type SourceNode, scalarField, textField, textItems } from './source-node.ts';

export function lowerTrigger(node: SourceNode, index: number): PlanTrigger {
  const match = bareExpression(node, 'match');
  return {
    id: textField(node, 'id') ?? `trigger#${index + 1}`,
    type: (textField(node, 'type') ?? 'manual') as TriggerType,
    match,
    each: bareExpression(node, 'each'),
    as: textField(node, 'as') ?? 'target',
    enabled: scalarField(node, 'enabled')?.value !== false,
    expires: textField(node, 'expires') ?? null,
    targets: textItems(node, 'targets') as TargetKind[],
    allow: textItems(node, 'allow'),
    cron: textField(node, 'cron') ?? null,
    timezone: textField(node, 'timezone') ?? 'UTC',
    needs: match === null ? [] : indexedNeeds(match, 'alert'),
  };
}
