import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { testPlaybooks } from './children.ts';
import { testConnections, testRegistry } from './manifests.ts';

/** Compiles a text against the test catalogue. */
export function compile(text: string): Compilation {
  return compilePlaybook(text, {
    file: 'playbook.yaml',
    registry: testRegistry,
    connections: testConnections,
    playbooks: testPlaybooks,
  });
}

/** Diagnostics in one line each: `14:5 compile/unknown-field`. */
export function remarks(text: string): string[] {
  return compile(text).diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** A playbook around some steps; the first of them stands in line 14. */
export function playbookWith(steps: string, more = ''): string {
  return `kind: playbook/v1
id: under-test
title: A playbook under test
description: Made for one test.
status: experimental
author: Blue Team
falsepositives: [Backup agents]
triggers: [{ id: new_alert, type: alert.created }]
inputs:
  host_id: { type: string, default: H1 }
  note: { type: string, default: "" }
${more.trimEnd() || 'x-note: none'}
steps:
${steps}`;
}

export const lookUp = `  - id: asset
    action: inventory.get-host
    with: { host_id: "\${{ inputs.host_id }}" }
`;

export function tell(id: string, text: string, more = ''): string {
  return `  - id: ${id}
    action: chat.post-message
    with: { text: ${JSON.stringify(text)} }
${more}`;
}
