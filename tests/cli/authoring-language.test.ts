import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { codes } from '../../schemas/codes.ts';
import schema from '../../schemas/playbook-v1.schema.json' with { type: 'json' };
import { riposte } from './start-cli.ts';

const root = join(import.meta.dirname, '../..');
const reference = await readFile(join(root, 'playbooks/LANGUAGE.md'), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'riposte-language-'));
afterAll(() => rm(folder, { recursive: true }));

/** Field names in the tables below a heading. */
function fieldsBelow(heading: string): string[] {
  const section = reference.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
}

it('the committed reference is what the schema, the actions and the codes say today', async () => {
  const file = join(folder, 'LANGUAGE.md');
  // After a change: npm run reference
  expect(await riposte(['docs', '--language', file], {})).toMatchObject({ code: 0 });
  expect(await readFile(file, 'utf8')).toBe(reference);
});

it('it has every field of a playbook, also those inside', () => {
  const fields = fieldsBelow('A playbook');
  expect(Object.keys(schema.properties).filter((name) => !fields.includes(name))).toEqual([]);
  expect(fields).toEqual(expect.arrayContaining(['dedupe.window', 'concurrency.limit', 'requires.engine']));
  expect(fieldsBelow('Guard')).toContain('limit.per');
});

it('it has every kind of step with its own fields and which it needs', () => {
  const kinds = schema.$defs.step.anyOf.map(({ required: [name = ''] }) => (name === 'then' ? 'if' : name));
  for (const kind of kinds)
    expect(fieldsBelow(`Step: ${kind}`), kind).toContain(kind === 'if' ? 'then' : kind);
  expect(fieldsBelow('Step: wait')).toEqual(
    expect.arrayContaining(['wait.for', 'wait.timeout', 'wait.until']),
  );
  const loop = reference.split('\n## Step: foreach\n')[1]?.split('\n## ')[0] ?? '';
  expect(loop).toMatch(/^\| `max_items` \| yes \|/m);
  expect(loop).toMatch(/^\| `max_parallel` \|\s+\|/m);
});

it('it has every installed action and every code', () => {
  const actions = fieldsBelow('Actions');
  expect(actions.sort()).toEqual([...createRegistry().keys()].sort());
  expect(fieldsBelow('Codes').sort()).toEqual(Object.keys(codes).sort());
});

it('its links lead to headings and files that are there', async () => {
  const anchors = [...reference.matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  const targets = [...reference.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  const inPage = targets.filter((target) => target.startsWith('#'));
  expect(inPage.length).toBeGreaterThan(3);
  expect(inPage.filter((target) => !anchors.includes(target.slice(1)))).toEqual([]);
  for (const file of targets.filter((target) => !target.startsWith('#')))
    await readFile(join(root, 'playbooks', file), 'utf8');
});
