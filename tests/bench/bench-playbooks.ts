import type { Json } from '../../schemas/json.ts';

/** Alert in, three sequential steps, each given what the one before it returned. */
export const threeSteps = `kind: playbook/v1
id: bench-three-steps
title: Three steps that do nothing
description: What a run costs besides its effects.
status: stable
version: 1.0.0
author: Benchmark
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "bench-steps"
inputs:
  ticket:
    type: string
    from: { alert: "\${{ alert.source_id }}" }
steps:
  - id: one
    action: bench.no-op
    with: { ticket: "\${{ inputs.ticket }}", step: 1 }
  - id: two
    action: bench.no-op
    with: { ticket: "\${{ inputs.ticket }}", step: "\${{ steps.one.outputs.next }}" }
  - id: three
    action: bench.no-op
    with: { ticket: "\${{ inputs.ticket }}", step: "\${{ steps.two.outputs.next }}" }
`;

/** The same with what the playbooks of an installation have: runs cover each other, and a target has one at a time. */
export const usualSteps = threeSteps
  .replace('id: bench-three-steps', 'id: bench-usual-steps')
  .replace('"bench-steps"', '"bench-usual"')
  .replace(
    '\nsteps:\n',
    `
dedupe:
  key: "\${{ inputs.ticket }}"
  window: 4h
  on_duplicate: attach
concurrency:
  group: "\${{ inputs.ticket }}"
steps:
`,
  );

/** The same steps, each of which holds a host: under a budget, with an undo record, and a hold. */
export const containSteps = threeSteps
  .replace('id: bench-three-steps', 'id: bench-contain-steps')
  .replace('"bench-steps"', '"bench-contain"')
  .replaceAll('bench.no-op', 'bench.hold-host')
  .replaceAll(
    /with: \{ ticket: "\$\{\{ inputs.ticket \}\}", step: (.*) \}/g,
    (_, step: string) => `with: { ticket: "\${{ inputs.ticket }}", host_id: ${hostOf(step)}, step: ${step} }`,
  )
  .replace(
    '\nsteps:\n',
    `
guards:
  - id: burst
    applies_to: [contain]
    limit: { targets: 1000000, per: 1h, scope: playbook }
    on_exceed: ask
steps:
`,
  );

/** Another host for every step. */
function hostOf(step: string): string {
  const value = /^"\$\{\{ (.*) \}\}"$/.exec(step)?.[1] ?? step;
  return `"\${{ inputs.ticket + '-' + string(${value}) }}"`;
}

/** With room for whatever a benchmark does. */
export const roomyGuardrails = `kind: guardrails/v1
limits:
  - { id: hosts_hour, classes: [contain], target_kind: host, targets: 1000000, per: 1h, on_exceed: ask }
  - { id: hosts_day, classes: [contain], target_kind: host, targets: 1000000, per: 24h, on_exceed: ask }
`;

/** Alert in, a question to a person, nothing more. */
export const waitsForApproval = `kind: playbook/v1
id: bench-approval
title: A step that waits for a person
description: What a run costs that waits.
status: stable
version: 1.0.0
author: Benchmark
mode: enforce
triggers:
  - id: alert
    type: alert.created
    match: alert.category == "bench-approval"
inputs:
  ticket:
    type: string
    from: { alert: "\${{ alert.source_id }}" }
timeout: 14d
steps:
  - id: asked
    action: bench.no-op
    with: { ticket: "\${{ inputs.ticket }}", step: 1 }
    approval:
      ask: "Do nothing about \${{ inputs.ticket }}?"
      approvers: [role:approver]
      expires: 7d
`;

/** About 1.3 KB as JSON: one host, some prose, a vendor original of half the size. */
export function benchAlert(ticket: string, category: string, incident: string | null = null): Json {
  const prose = 'Many files were renamed and rewritten in a short time on one workstation. ';
  return {
    source_id: ticket,
    title: 'Ransomware behavior detected in the file system',
    description: prose.repeat(4),
    severity: 'high',
    category,
    confidence: 0.9,
    verdict: 'suspected',
    created_at: '2026-11-21T02:03:10.443Z',
    techniques: ['T1486', 'T1490'],
    targets: { hosts: [{ id: `host-${ticket}`, name: `${ticket}.contoso.example` }] },
    raw: { id: ticket, evidence: prose.repeat(8) },
    ...(incident !== null && { incident: { id: incident, title: 'Ransomware on one workstation' } }),
  };
}
