import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/position.ts';
import type { Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import {
  field,
  keyAt,
  listField,
  mapField,
  type SourceMap,
  type SourceNode,
  scalarField,
  textField,
} from '../source-node.ts';
import type { LaterKind } from '../step-kind.ts';

/**
 * Parts of playbook/v1 that this version cannot run. They are refused, never accepted and
 * skipped: a lease that silently never ends is worse than a playbook that does not compile.
 */
export const notSupportedYet: Rule = ({ source, outline }) => [
  ...listField(source.root, 'triggers').flatMap(checkTrigger),
  ...listField(source.root, 'guards').flatMap(checkGuard),
  ...outline.all.flatMap(checkStep),
];

const laterKinds: Readonly<Record<LaterKind, string>> = {
  foreach: 'foreach steps',
  repeat: 'repeat steps',
  wait: 'wait steps',
  call: 'call steps',
  undo: 'undo steps',
};

function checkStep(step: StepSite): Problem[] {
  const { node } = step;
  const problems: Problem[] = [];
  if (Object.hasOwn(laterKinds, step.kind)) {
    problems.push(later(laterKinds[step.kind as LaterKind], node, step.kind));
  } else {
    for (const [key, words] of laterFields) if (node.fields.has(key)) problems.push(later(words, node, key));
    const approval = mapField(node, 'approval');
    if (approval?.fields.has('editable'))
      problems.push(later('editable arguments (editable)', approval, 'editable'));
  }
  const onError = field(node, 'on_error');
  const then = onError?.kind === 'map' ? scalarField(onError, 'then') : onError;
  if (then?.kind === 'scalar' && then.value === 'undo')
    problems.push(refuse('handlers of kind "undo"', then.at, then));
  return problems;
}

const laterFields = [
  ['lease', 'leases (lease)'],
  ['rollback', 'own rollbacks (rollback)'],
] as const;

function checkTrigger(trigger: SourceNode): Problem[] {
  const type = textField(trigger, 'type');
  const node = scalarField(trigger, 'type');
  if (!node || type === undefined || !laterTriggers.has(type)) return [];
  return [refuse(`triggers of type ${type}`, node.at, node)];
}

const laterTriggers: ReadonlySet<string> = new Set([
  'alert.updated',
  'incident.created',
  'incident.updated',
  'run.failed',
  'schedule',
  'webhook',
]);

function checkGuard(guard: SourceNode): Problem[] {
  return guard.kind === 'map' && guard.fields.has('limit')
    ? [later('guards with a limit', guard, 'limit')]
    : [];
}

function later(words: string, node: SourceMap, key: string): Problem {
  return refuse(words, keyAt(node, key), field(node, key) ?? node);
}

function refuse(words: string, at: Span, node: SourceNode): Problem {
  return {
    code: 'compile/not-supported-yet',
    at,
    path: node.path,
    message: `${words} are not supported yet; they come later`,
    help: 'leave it out for now; it is refused so that nothing is skipped in silence',
  };
}
