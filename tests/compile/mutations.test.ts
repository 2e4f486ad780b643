import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { planDigest } from '../../engine/core/compile/plan-digest.ts';
import { testPlaybooks } from './children.ts';
import { testRegistry } from './manifests.ts';
import { mutate, mutationKinds, seededChoices } from './mutate-text.ts';

/*
 * Ten thousand playbooks that somebody's hand slipped over, or that somebody made to hurt. Each gets
 * located diagnostics or a plan; never a crash, a hang, or a plan from something that is none.
 */

const root = join(import.meta.dirname, '../..');
const shipped = manifestsOf(createRegistry());

const originals = [
  ...yamlUnder('playbooks').map((text) => ({ text, registry: shipped })),
  ...yamlUnder('tests/compile/ok').map((text) => ({ text, registry: testRegistry })),
];

function yamlUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
    .sort()
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

const mutants = 10_000;
/** Far above what any of them takes; only a hang is longer. */
const hangMs = 2_000;

describe('a mutated playbook', () => {
  it.each(mutationKinds)(
    '%s: gets located diagnostics or a plan, and neither a crash nor a hang',
    (kind) => {
      const each = Math.ceil(mutants / mutationKinds.length);
      let refused = 0;
      for (let seed = 0; seed < each; seed += 1) {
        const choose = seededChoices(`${kind} ${seed}`);
        const original = originals[choose(originals.length)];
        if (original === undefined) throw new Error('there is no playbook to mutate');
        const text = mutate(original.text, kind, choose);
        const about = `${kind}, seed ${seed}`;
        const startedAt = performance.now();
        const compiled = compilePlaybook(text, {
          file: 'mutant.yaml',
          registry: original.registry,
          playbooks: testPlaybooks,
        });
        expect(performance.now() - startedAt, `${about} hangs`).toBeLessThan(hangMs);
        const lines = text.split('\n').length;
        for (const each of compiled.diagnostics) {
          expect(each.line, `${about}: ${each.code}`).toBeGreaterThanOrEqual(1);
          expect(each.line, `${about}: ${each.code}`).toBeLessThanOrEqual(lines);
          expect(each.column, `${about}: ${each.code}`).toBeGreaterThanOrEqual(1);
          expect(each.message.length, about).toBeGreaterThan(0);
        }
        if (!compiled.ok) {
          refused += 1;
          expect(
            compiled.diagnostics.some((each) => each.severity === 'error'),
            `${about} was refused without a word`,
          ).toBe(true);
        } else {
          // A plan is plain JSON, and its digest is that of what would be stored.
          const stored = JSON.parse(JSON.stringify(compiled.plan)) as typeof compiled.plan;
          expect(planDigest(stored), about).toBe(compiled.digest);
          expect(stored.steps.length, about).toBeGreaterThan(0);
        }
      }
      expect(refused).toBeGreaterThan(0);
    },
    120_000,
  );
});

it('what only changes the layout compiles to the same plan', () => {
  for (const { text, registry } of originals) {
    const options = { file: 'a.yaml', registry, playbooks: testPlaybooks };
    const before = compilePlaybook(text, options);
    const spaced = compilePlaybook(
      `\n# a remark\n${text.replaceAll('\n', '\n\n').replaceAll('\n\n\n', '\n\n')}`,
      options,
    );
    if (!before.ok || !spaced.ok || /[|>]-?\n/.test(text)) continue;
    expect(spaced.digest).toBe(before.digest);
  }
});
