import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type ComparablePlan, diffPlans } from '../../engine/core/diff/diff-plans.ts';

/* Two versions of a small playbook: the second has a higher number, as a change must. */

const registry = manifestsOf(createRegistry());

export function compileSteps(steps: string, version = '1.0.0'): ComparablePlan {
  const text = `kind: playbook/v1
id: under-test
title: A playbook under test
description: Made for one test.
status: test
version: ${version}
author: Blue Team
owner: group:soc
falsepositives: [None]
triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs:
  host_id: { type: string, default: H1 }
  word: { type: string, default: a }
${steps}`;
  const compiled = compilePlaybook(text, { file: 'playbook.yaml', registry });
  if (!compiled.ok) {
    throw new Error(
      compiled.diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`).join('\n'),
    );
  }
  return compiled;
}

/** What the diff says, the raised number aside. */
export function changesOf(before: string, after: string): string[] {
  return diffPlans(compileSteps(before), compileSteps(after, '1.1.0'))
    .changes.filter(({ kind }) => kind !== 'described-differently')
    .map(({ risk, kind, what }) => `${risk} ${kind} ${what}`);
}

/** A list of steps, each line of which is moved to the right. */
export function indent(columns: number, ...steps: string[]): string {
  return steps.join('').replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}

export const isolate = `- id: isolate
  action: edr.isolate-host
  with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: x }
  lease: 2h
`;

export const gate = `- id: gate
  approval: { ask: Go on?, approvers: [group:soc] }
`;

export function tell(id: string): string {
  return `- id: ${id}
  action: chat.post-message
  with: { channel: soc, text: x }
`;
}
