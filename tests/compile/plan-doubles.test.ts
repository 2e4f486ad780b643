import { expect, it } from 'vitest';
import { checkSites } from '../../engine/core/compile/check-sites.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import type { ActionManifests, CheckableManifest } from '../../engine/core/compile/context.ts';
import { traceFlow } from '../../engine/core/compile/flow.ts';
import { outlinePlaybook, type StepSite } from '../../engine/core/compile/outline.ts';
import { doublesAt } from '../../engine/core/compile/plan-doubles.ts';
import { readYaml } from '../../engine/core/compile/read-yaml.ts';
import { findManifest } from '../../engine/core/compile/step-facts.ts';
import { doublesIn } from '../../engine/core/expression/doubles-in.ts';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import { testRegistry } from './manifests.ts';

/* A run reads off the plan what the compiler knew of the text (language reference 7.4). */

const number = { type: 'number' };
const lookUp = testRegistry.get('inventory.get-host') as CheckableManifest;
const rate: CheckableManifest = {
  ...lookUp,
  key: 'risk.rate-host',
  output: {
    type: 'object',
    properties: {
      score: number,
      parts: {
        type: 'array',
        items: { type: 'object', properties: { weight: number, rank: { type: 'integer' } } },
      },
      either: { type: ['number', 'string'] },
    },
    examples: [{ score: 1, parts: [], either: 'none' }],
  },
};
const registry: ActionManifests = new Map([...testRegistry, [rate.key, rate]]);

const rateHost = (id: string) => `id: ${id}, action: risk.rate-host, with: { host_id: H1 }`;
const text = `kind: playbook/v1
id: full-of-numbers
title: Numbers everywhere
description: Made for one test.
status: experimental
author: Blue Team
falsepositives: [None]
triggers: [{ id: new_alert, type: alert.created }]
inputs:
  score: { type: number, default: 1 }
  count: { type: integer, default: 1 }
  limits: { type: array, items: { type: number }, default: [1, 2] }
  text: { type: string, default: "" }
vars:
  half: "\${{ inputs.score / 2 }}"
  same: "\${{ inputs }}"
  above: "\${{ vars.half * 2 }}"
  limits: "\${{ inputs.limits.filter(x, x > 0) }}"
  whole: "\${{ inputs.count / 2 }}"
  changed: "\${{ inputs.score }}"
  written: 1.5
  said: "score \${{ inputs.score }}"
steps:
  - { ${rateHost('asset')} }
  - { id: news, wait: { for: alert.updated, match: signal.alert.confidence > vars.half, timeout: 1h, on_timeout: continue } }
  - { id: other, wait: { for: incident.updated, timeout: 1h, on_timeout: continue } }
  - { id: pause, wait: 5m }
  - { id: assign, set: { changed: "\${{ vars.half }}" } }
  - if: steps.asset.outputs.score / 2 > 0.4
    then:
      - id: outer
        foreach: steps.asset.outputs.parts
        as: part
        max_items: 20
        steps:
          - { ${rateHost('again')} }
          - id: deep
            foreach: vars.limits
            as: limit
            key: string(limit / part.weight)
            max_items: 20
            steps:
              - { ${rateHost('deepest')} }
              - { ${rateHost('last')}, if: limit / 2 > steps.again.outputs.score + steps.deepest.outputs.score + part.weight }
          - { id: after, if: "steps.deep.items.exists(x, x.outputs.deepest.score > 1)", ${rateHost('').slice('id: , '.length)} }
  - id: poll
    repeat: { until: steps.check.outputs.score >= inputs.score, max: 3, every: 1m }
    steps:
      - { ${rateHost('check')} }
  - { id: end, stop: { outcome: succeeded, reason: "\${{ steps.poll.outputs.last.check.score / 2 }} \${{ vars.same.score }}" } }
guards:
  - { id: too_low, applies_to: [asset], deny_if: inputs.score / 2 < 0.1, message: Too low }
`;

it('the plan tells of every expression where its data is double, as the compiler knew', () => {
  const compiled = compilePlaybook(text, { file: 'playbook.yaml', registry });
  const errors = compiled.diagnostics.filter(({ severity }) => severity === 'error');
  if (!compiled.ok) throw new Error(JSON.stringify(errors));
  const sites = sitesOf(text);
  const loops = new Set<string>();
  for (const site of sites.filter(({ names }) => Object.hasOwn(names.types, 'steps'))) {
    const { signal: _signal, ...types } = doublesIn(site.names.types);
    // The key of a loop stands outside its body and sees its element.
    const isKey = site.scalar.path.endsWith('/key');
    const seen = doublesAt(compiled.plan, site.body.path, isKey ? site.step?.path : undefined);
    if (isKey) expect(seen).toMatchObject(types);
    else expect({ expr: site.expr, ...seen }).toEqual({ expr: site.expr, ...types });
    loops.add(site.body.path);
  }
  expect([...loops].sort()).toEqual(['run', 'run/outer', 'run/outer/deep', 'run/poll']);
});

it('only doubles are kept: what is whole, text or open stays as it is', () => {
  const compiled = compilePlaybook(text, { file: 'playbook.yaml', registry });
  if (!compiled.ok) throw new Error('it compiles');
  const double = { t: 'double' };
  const map = <Fields>(fields: Fields) => ({ t: 'map', fields, open: true });
  const list = (of: object) => ({ t: 'list', of });
  const rated = map({ outputs: map({ score: double, parts: list(map({ weight: double })) }) });
  const inputs = map({ score: double, limits: list(double) });
  const alert = map({ confidence: double });
  expect(doublesAt(compiled.plan, 'run')).toEqual({
    alert,
    inputs,
    vars: map({ half: double, same: inputs, above: double, limits: list(double) }),
    steps: map({
      asset: rated,
      news: map({ outputs: map({ signal: map({ alert }) }) }),
      outer: map({
        items: list(map({ outputs: map({ again: rated.fields.outputs, after: rated.fields.outputs }) })),
      }),
      poll: map({ outputs: map({ last: map({ check: rated.fields.outputs }) }) }),
    }),
  });
});

it('and what a called playbook gives back is double where its own plan says so', () => {
  const childWith = (values: string) => text.replace('id: full-of-numbers', 'id: child').concat(values);
  const call = `  - { id: called, call: child }
  - { id: alone, call: child, attach: false }
  - if: steps.called.outputs.rating / 2 > 0.4 && steps.called.outputs.parts.share > 0.4
    then: [{ id: tell, action: risk.rate-host, with: { host_id: H1 } }]
`;
  const parent = text.replace('steps:\n', `steps:\n${call}`);
  const declared = `outputs:
  rating: "\${{ inputs.score }}"
  parts: { share: "\${{ inputs.score / 3 }}", said: "\${{ inputs.text }}" }
  count: "\${{ inputs.count }}"
`;
  const pinned = (values: string) => {
    const files = [
      { file: 'parent.yaml', text: parent },
      { file: 'child.yaml', text: childWith(values) },
    ];
    const [, compiled] = compilePlaybooks(files, { registry });
    if (compiled?.compilation.ok !== true) throw new Error(JSON.stringify(compiled?.compilation.diagnostics));
    return compiled.compilation.plan;
  };
  const double = { t: 'double' };
  const plan = pinned(declared);
  const fields = { rating: double, parts: { t: 'map', fields: { share: double }, open: true } };
  const steps = doublesAt(plan, 'run').steps as { fields: object };
  expect(steps.fields).toMatchObject({
    called: { fields: { outputs: { t: 'map', fields, open: true } } },
  });
  expect(steps.fields).not.toHaveProperty('alone');
  const names = { steps: { called: { outputs: { rating: 1, parts: { share: 1 } } } } };
  const condition = 'steps.called.outputs.rating / 2 > 0.4 && steps.called.outputs.parts.share / 2 > 0.4';
  const seen = evaluate(condition, { names, nowMs: 0, types: doublesAt(plan, 'run') });
  expect(seen).toEqual({ ok: true, value: true });
});

function sitesOf(playbook: string) {
  const { root } = readYaml(playbook);
  if (root === null) throw new Error('it can be read');
  const source = { file: 'playbook.yaml', text: playbook, root };
  const outline = outlinePlaybook(source);
  const manifests = new Map<StepSite, CheckableManifest>();
  for (const step of outline.all) {
    const manifest = findManifest(step, registry);
    if (manifest) manifests.set(step, manifest);
  }
  const flow = traceFlow(outline);
  return checkSites({ source, outline, flow, manifests, rollbacks: new Map(), children: new Map() })
    .expressions;
}
