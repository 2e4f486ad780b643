import { createRegistry } from '../../actions/registry.ts';
import type { CheckableManifest } from '../../engine/core/compile/context.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';

/* What the validation bench looks at: an installation of eighty actions, and a playbook of three hundred lines. */

export const actionsMeasured = 80;
export const linesMeasured = 300;

/** The shipped actions, and again under other systems until there are eighty. */
export function manyManifests(): Map<string, CheckableManifest> {
  const shipped = [...manifestsOf(createRegistry()).values()];
  const all = new Map(shipped.map((manifest) => [manifest.key, manifest]));
  for (let round = 2; all.size < actionsMeasured; round++) {
    for (const manifest of shipped) {
      if (all.size >= actionsMeasured) break;
      const key = manifest.key.replace('.', `-${round}.`);
      all.set(key, { ...manifest, key });
    }
  }
  return all;
}

const head = `kind: playbook/v1
id: bench-long
title: Look at one host in many ways
description: Three hundred lines with the parts that a checker has to think about.
status: test
version: 1.0.0
author: Bench
owner: group:soc
falsepositives: [Benchmarks]
triggers:
  - id: xdr
    type: alert.created
    match: alert.category == "ransomware" && alert.severity in ["high", "critical"]
    each: alert.targets.hosts
    as: host
inputs:
  host_id: { type: string, from: { xdr: "\${{ host.id }}" } }
guards:
  - id: domain_controllers
    applies_to: [contain]
    deny_if: '"domain-controller" in steps.asset_1.outputs.tags'
    message: By hand.
steps:
`;

const block = (at: number) => `  - id: asset_${at}
    name: Look the host up
    action: inventory.get-host
    with:
      host_id: \${{ inputs.host_id }}

  - id: isolate_${at}
    if: steps.asset_${at}.outputs.role == "workstation"
    action: edr.isolate-host
    with:
      host_id: \${{ inputs.host_id }}
      scope: full
      comment: "Run \${{ run.id }} for \${{ steps.asset_${at}.outputs.name }}"
    approval:
      when: steps.asset_${at}.outputs.criticality in ["high", "critical"]
      ask: "Isolate \${{ steps.asset_${at}.outputs.name }}?"
      evidence:
        - { label: Users, value: "\${{ steps.asset_${at}.outputs.users.join(', ') }}" }
      expires: 30m
    lease: { for: 72h, at_end: ask }
    on_denied: continue

  - id: tell_${at}
    action: chat.post-message
    with:
      channel: soc
      text: "\${{ steps.asset_${at}.outputs.name }}: \${{ steps.isolate_${at}.status }}"
    on_error: continue

`;

/** Valid, and as long as asked for or a block longer. */
export function longPlaybook(): string {
  let text = head;
  for (let at = 1; text.split('\n').length <= linesMeasured; at++) text += block(at);
  return text;
}
