import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { Rule } from '../context.ts';
import { readDuration } from '../read-duration.ts';
import { listField, mapField, type SourceMap, scalarField, textField, textItems } from '../source-node.ts';

/** Approvals that can never be granted, and escalations that come after the end. */
export const impossibleApproval: Rule = ({ source, outline }) => {
  const defaults = mapField(mapField(source.root, 'defaults'), 'approval');
  return outline.all.flatMap(({ node }) => {
    const approval = mapField(node, 'approval');
    return approval
      ? [
          ...tooFewPeople(approval, defaults, textField(source.root, 'owner')),
          ...lateEscalation(approval, defaults),
        ]
      : [];
  });
};

function tooFewPeople(
  approval: SourceMap,
  defaults: SourceMap | undefined,
  owner: string | undefined,
): Problem[] {
  const own = textItems(approval, 'approvers');
  const shared = textItems(defaults, 'approvers');
  const approvers = [own, shared].find((names) => names.length > 0) ?? (owner === undefined ? [] : [owner]);
  const quorum = scalarField(approval, 'quorum') ?? scalarField(defaults, 'quorum');
  const countable = approvers.length > 0 && approvers.every((approver) => approver.startsWith('user:'));
  if (!quorum || typeof quorum.value !== 'number' || !countable || new Set(approvers).size >= quorum.value)
    return [];
  return [
    {
      code: 'compile/invalid-value',
      at: quorum.at,
      path: quorum.path,
      message: `a quorum of ${quorum.value} cannot be reached: only ${new Set(approvers).size} may decide`,
      help: 'name more approvers, or a group',
    },
  ];
}

function lateEscalation(approval: SourceMap, defaults: SourceMap | undefined): Problem[] {
  const expires = readDuration(textField(approval, 'expires') ?? textField(defaults, 'expires') ?? '');
  if (expires === null) return [];
  return listField(approval, 'escalate').flatMap((item) => {
    const after = scalarField(item, 'after');
    const ms = typeof after?.value === 'string' ? readDuration(after.value) : null;
    if (!after || ms === null || ms < expires) return [];
    return [
      {
        code: 'compile/invalid-value',
        at: after.at,
        path: after.path,
        message: `the escalation after ${after.value} never happens: the approval has expired by then`,
      },
    ];
  });
}
