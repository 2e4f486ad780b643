import type { PlanApproval } from '../contracts/plan.ts';
import { spellApprover } from '../identity/may-decide.ts';
import { bareExpression, durationOf, templateOf } from './lower-value.ts';
import {
  field,
  listField,
  mapField,
  type PlaybookSource,
  type SourceMap,
  type SourceNode,
  scalarField,
  textField,
  textItems,
} from './source-node.ts';

const hour = 3_600_000;

/**
 * The approval of a step: its own words over `defaults.approval` over the language's defaults.
 * Without own words it is what mode `ask` or a guard asks.
 *
 * @param urgent the step contains or eradicates: silence is a no after one hour, otherwise after a day.
 */
export function lowerApproval(
  own: SourceMap | undefined,
  urgent: boolean,
  source: PlaybookSource,
): PlanApproval {
  const defaults = mapField(mapField(source.root, 'defaults'), 'approval');
  const ask = field(own, 'ask');
  const why = field(own, 'why');
  const from = (key: string): SourceMap | undefined => (own?.fields.has(key) ? own : defaults);
  const quorum = scalarField(from('quorum'), 'quorum')?.value;
  return {
    when: bareExpression(own, 'when'),
    ask: ask ? templateOf(ask, source) : null,
    why: why ? templateOf(why, source) : null,
    evidence: listField(own, 'evidence').map((item) => lowerEvidence(item, source)),
    approvers: approversOf(textItems(from('approvers'), 'approvers'), source),
    quorum: typeof quorum === 'number' ? quorum : 1,
    separate: scalarField(from('separate'), 'separate')?.value !== false,
    expiresMs: durationOf(from('expires'), 'expires') ?? (urgent ? hour : 24 * hour),
    escalate: listField(from('escalate'), 'escalate').map((item) => ({
      afterMs: durationOf(item, 'after') ?? 0,
      to: textItems(item, 'to').map(spellApprover),
    })),
    requireComment: commentRule(textField(from('require_comment'), 'require_comment')),
    notify: textItems(from('notify'), 'notify'),
    editable: textItems(own, 'editable'),
  };
}

function approversOf(written: string[], source: PlaybookSource): string[] {
  if (written.length > 0) return written.map(spellApprover);
  return [spellApprover(textField(source.root, 'owner') ?? 'role:approver')];
}

function lowerEvidence(item: SourceNode, source: PlaybookSource): PlanApproval['evidence'][number] {
  const value = field(item, 'value');
  const link = field(item, 'link');
  return {
    label: textField(item, 'label') ?? '',
    ...(value && { value: templateOf(value, source) }),
    ...(link && { link: templateOf(link, source) }),
  };
}

function commentRule(written: string | undefined): PlanApproval['requireComment'] {
  return written === 'never' || written === 'always' ? written : 'on_deny';
}
