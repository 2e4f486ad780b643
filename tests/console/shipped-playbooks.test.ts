import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { everyStep } from '../../engine/core/run/list-steps.ts';
import { insertVersion, makeCurrent } from '../api/seed-versions.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* The page of each playbook that is shipped tells all of it, what it calls included, each step with its line. */

const folder = join(import.meta.dirname, '../../playbooks');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
  .toSorted()
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
const compiled = compilePlaybooks(files, { registry: manifestsOf(createRegistry()) }).map(
  ({ file, text, compilation }) => {
    if (!compilation.ok) throw new Error(file);
    return { text, compilation, id: compilation.plan.playbook.id };
  },
);

const site = await startConsole();
let vic: Visitor;

beforeAll(async () => {
  vic = await site.signIn('Vic', ['viewer']);
  for (const { id, text, compilation } of compiled) {
    await insertVersion(site.db.owner, 1, text, compilation);
    await makeCurrent(site.db.owner, id, 1);
  }
});

test.each(compiled)('$id', async ({ id, text: source, compilation: { plan, positions } }) => {
  const { status, text } = await vic.get(`/playbooks/${id}`);
  expect(status).toBe(200);
  expect(text).not.toContain('Not all is told');
  expect(text).not.toContain('not installed in this version');
  for (const step of everyStep(plan)) {
    const { line } = positions[step.path] ?? { line: 0 };
    expect(text, step.path).toContain(`<a href="#L${line}"><rect`);
    expect(text, step.path).toContain(`<span id="L${line}">`);
    if (step.kind !== 'action') continue;
    expect(text, step.path).toContain(`<code class="wrap">${step.action.key}</code>`);
  }
  for (const { id: trigger } of plan.triggers) expect(text).toContain(`>${trigger}</a>`);
  for (const child of Object.values(plan.children)) expect(text).toContain(`>${child.title}</a>`);
  expect(text.match(/<span id="L\d+">/g)).toHaveLength(source.trimEnd().split('\n').length);
});
