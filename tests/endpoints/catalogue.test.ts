import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import manifestSchema from '../../schemas/action-manifest.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import { exampleSystem } from './open-endpoints.ts';

/** What the conformance of the catalogue asks of shipped actions, asked of what an operator adds. */

const registry = createRegistry([exampleSystem()]);
const added = [...registry].filter(([key]) => key.startsWith('firewall.'));
const problemsOfManifest = createValidator(manifestSchema as unknown as JsonObject);
const compile = (text: string, actions = registry) =>
  compilePlaybook(text, { file: 'p.yaml', registry: manifestsOf(actions) });
const playbook = readFileSync(
  join(import.meta.dirname, '../../examples/endpoints/block-attacker.yaml'),
  'utf8',
);

describe.each(added)('%s', (_key, { manifest, fake, check, sends }) => {
  it('has a valid manifest, and examples that fit it', () => {
    expect(problemsOfManifest(manifest)).toEqual([]);
    const problemsOfOutput = createValidator(manifest.output);
    for (const example of [fake({}), ...(manifest.output.examples as JsonObject[])])
      expect(problemsOfOutput(example)).toEqual([]);
  });

  it('shows what it sends, and can be asked where it changes something', () => {
    expect(sends).toBeDefined();
    if (['restore', 'contain', 'eradicate'].includes(manifest.class)) expect(check).toBeDefined();
  });
});

it('without a file there is none of it', () => {
  expect([...createRegistry().keys()].filter((key) => key.startsWith('firewall.'))).toEqual([]);
  expect(added.map(([key]) => key)).toEqual([
    'firewall.get-block',
    'firewall.block-address',
    'firewall.unblock-address',
    'firewall.open-ticket',
  ]);
});

it('the README shows the connection that the tests serve', () => {
  const root = join(import.meta.dirname, '../..');
  const blocks = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```json\n([\s\S]*?)```/g);
  const shown = [...blocks].find(([, text]) => text?.includes('"firewall"'))?.[1];
  expect(shown).toBe(readFileSync(join(root, 'examples/endpoints/connections.json'), 'utf8'));
});

describe('a playbook', () => {
  it('of the example compiles without a remark, and names the endpoint that takes it back', () => {
    const compiled = compile(playbook);
    expect(compiled).toMatchObject({ ok: true, diagnostics: [] });
    if (compiled.ok) expect(Object.keys(compiled.plan.inverses)).toEqual(['firewall.unblock-address@1']);
    if (compiled.ok) expect(compiled.plan.impact).toBe('contain');
  });

  it.each<[string, string, string, string]>([
    [
      'an endpoint that there is not',
      'firewall.block-address@1',
      'firewall.block-network@1',
      'compile/unknown-action',
    ],
    ['another major', 'firewall.block-address@1', 'firewall.block-address@2', 'compile/action-version'],
    ['an argument that there is not', '      comment:', '      url:', 'compile/invalid-argument'],
    ['what is shown', '      comment:', '      sends:', 'compile/invalid-argument'],
    ['a value that does not fit', 'queue: network', 'queue: finance', 'compile/invalid-argument'],
  ])('with %s does not compile', (_what, from, to, code) => {
    const compiled = compile(playbook.replace(from, to));
    expect(compiled.ok).toBe(false);
    expect(compiled.diagnostics.map((each) => each.code)).toContain(code);
  });

  it('is not one of an installation that has no such system', () => {
    expect(compile(playbook, createRegistry()).diagnostics.map(({ code }) => code)).toContain(
      'compile/unknown-action',
    );
  });
});
