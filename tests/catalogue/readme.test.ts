import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { readConfig } from '../../api/process/config.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('the playbook in the README compiles without a remark', () => {
  const text = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const compiled = compilePlaybook(text, { file: 'README.md', registry: manifestsOf(createRegistry()) });
  expect(compiled).toMatchObject({ ok: true, diagnostics: [] });
});

it('the README names every variable that exists and none that does not', () => {
  const named = [
    ...new Set([...readme.matchAll(/`(RIPOSTE_[A-Z_]+)`/g)].map((match) => match[1] ?? '')),
  ].sort();
  expect(() => readConfig(Object.fromEntries(named.map((name) => [name, ''])))).not.toThrow();
  const complaint = (() => {
    try {
      readConfig({ RIPOSTE_ZZZZZZZZZZZZ: '1' });
      return '';
    } catch (error) {
      return String(error);
    }
  })();
  expect(
    [...complaint.matchAll(/\b(RIPOSTE_(?!Z)[A-Z_]+)\b/g)].map((match) => match[1] ?? '').sort(),
  ).toEqual(named);
});

it('the commands in the README are commands of the command line', () => {
  const folder = join(import.meta.dirname, '../../api/cli');
  const source = readdirSync(folder)
    .filter((file) => file === 'riposte.ts' || file.startsWith('commands-'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const used = [...new Set([...readme.matchAll(/npx riposte ([a-z]+)/g)].map((match) => match[1] ?? ''))];
  expect(used.length).toBeGreaterThan(5);
  for (const command of used) expect(source, command).toMatch(new RegExp(`['"\`]${command}\\b`));
});
