import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';

/* What an author is told about one slip in a playbook that is otherwise fine. */

const registry = createRegistry();

function diagnose(text: string): { at: string; message: string }[] {
  const { diagnostics } = compilePlaybook(text, {
    file: 'playbook.yaml',
    registry: manifestsOf(registry),
    connections: new Map(systemsOf(registry).map((system) => [system, ['main']])),
  });
  return diagnostics.map(({ line, column, code, message }) => ({ at: `${line}:${column} ${code}`, message }));
}

const ransomware = readFileSync(
  join(import.meta.dirname, '../../playbooks/ransomware/isolate-host.yaml'),
  'utf8',
);

/** Line and column, from 1, of the one place where `text` holds `part`. */
function placeOf(text: string, part: string): string {
  const [before, ...after] = text.split(part);
  if (before === undefined || after.length !== 1) throw new Error(`"${part}" is there ${after.length} times`);
  const lines = before.split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

describe('the ransomware playbook, broken by hand in one place, is remarked on once and exactly there', () => {
  it.each<[slip: string, from: string, to: string, at: string, code: string]>([
    [
      'a misspelt action',
      'action: edr.isolate-host',
      'action: edr.isolate-hots',
      'edr.isolate-hots',
      'compile/unknown-action',
    ],
    [
      'a misspelt key',
      '    on_denied: continue',
      '    on_deny: continue',
      'on_deny: continue',
      'compile/unknown-field',
    ],
    [
      'a misspelt step',
      '"domain-controller" in steps.asset.outputs',
      '"domain-controller" in steps.assets.outputs',
      'assets.outputs',
      'compile/unknown-step',
    ],
    [
      'a misspelt input',
      '- id: note\n          if: inputs.incident_id',
      '- id: note\n          if: inputs.incident',
      'incident != ""\n          action: incident.add-comment\n          with:\n            incident_id: ${{ inputs.incident_id }}\n            text: "${{ steps',
      'compile/unknown-name',
    ],
    [
      'an argument that does not exist',
      '      scope: full',
      '      scopes: full',
      'scopes: full',
      'compile/invalid-argument',
    ],
    [
      'a value the action does not take',
      '      scope: full',
      '      scope: all',
      'all\n      comment',
      'compile/invalid-argument',
    ],
    [
      'a duration without a unit',
      '      expires: 30m',
      '      expires: 30',
      '30\n      escalate',
      'compile/wrong-type',
    ],
    [
      'a duration with the units the wrong way round',
      '      expires: 30m',
      '      expires: 30m1h',
      '30m1h',
      'compile/invalid-value',
    ],
    [
      'an id used twice',
      '  - id: follow_up',
      '  - id: isolate',
      'isolate\n    if: steps',
      'compile/duplicate-id',
    ],
    [
      'a condition that is no yes or no',
      'if: steps.isolate.status == "denied"',
      'if: steps.isolate.status',
      'steps.isolate.status\n',
      'compile/expression-type',
    ],
    [
      'a quorum of nobody',
      '      approvers: [group:soc-tier2]\n',
      '      approvers: [group:soc-tier2]\n      quorum: 0\n',
      '0\n      expires',
      'compile/invalid-value',
    ],
  ])('%s', (_slip, from, to, at, code) => {
    placeOf(ransomware, from);
    const broken = ransomware.replace(from, () => to);
    expect(diagnose(broken).map((each) => each.at)).toEqual([`${placeOf(broken, at)} ${code}`]);
  });
});
