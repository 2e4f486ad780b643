import { afterAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { playCases } from '../../engine/runtime/play-cases.ts';
import { hostAlert, lookStep, madePlaybook, ws0117 } from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';
import { openCorridorDoors } from '../support/corridor-doors.ts';

/* T19: whoever may publish sends a file of cases that is made to keep the server busy, or to fill its memory. */

const corridor = await openCorridor({ playbooks: [] });
afterAll(() => corridor.close());
const doors = await openCorridorDoors(corridor);
const { token } = await doors.person('Ann', ['operator']);

const source = madePlaybook('bomb', lookStep);
const head = 'kind: cases/v1\nplaybook: ./bomb.yaml\n';
const bytesMax = 256 * 1024 - 400;
const fill = (text: string): string => text.repeat(bytesMax / Buffer.byteLength(text));
const send = (cases: object) =>
  doors.call('PUT', '/v1/playbooks/bomb/versions', { token, body: { source, cases } });
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => `- {name: c${n}, expect: record}\n`).join('');

const laughs = [
  'a: &a [1, 1]',
  ...[...'bcdefghij'].map((name, n) => `${name}: &${name} [${`*${'abcdefghi'[n]}, `.repeat(9)}]`),
].join('\n');

describe('a file of cases that is', () => {
  it.each([
    ['an alias bomb', `${laughs}\n`],
    ['an anchor that contains itself', 'a: 1\nb: &x [*x]\n'],
    ['open brackets', fill('[')],
    ['maps in maps', fill('{a: ')],
    ['the same key in every line', `${head}${fill('a: 1\n')}`],
    ['a thousand and one cases', `${head}cases:\n${many(1_001)}`],
    ['eight thousand cases', `${head}cases:\n${many(8_000)}`],
  ])('%s is refused, and nothing is published', async (_what, text) => {
    const answer = await send({ source: text });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('case/bad-file');
    expect(answer.body.errors.length).toBeGreaterThan(0);
    expect((await doors.call('GET', '/v1/playbooks/bomb', { token })).status).toBe(404);
  });

  it.each([
    ['larger than a file may be', { source: `${head}cases:\n${many(10_000)}` }, 400],
    ['with a character that nothing can keep', { source: `${head}cases: ["\u0000"]\n` }, 400],
    ['with more files than fifty', { source: head, files: filesOf(51, 'x') }, 400],
    [
      'with files of more than half a megabyte',
      { source: head, files: filesOf(2, 'x'.repeat(300_000)) },
      413,
    ],
  ])('%s is not read at all', async (_what, cases, status) => {
    const answer = await send(cases);
    expect(answer.status).toBe(status);
    expect((await doors.call('GET', '/v1/playbooks/bomb', { token })).status).toBe(404);
  });

  it('made of names that only look like files reads nothing of the server', async () => {
    const names = ['/etc/passwd', '../../package.json', '__proto__', 'constructor'];
    const each = names.map(
      (file, n) => `- { name: c${n}, given: { alert: { file: ${file} } }, expect: { run: succeeded } }\n`,
    );
    const answer = await send({ source: `${head}cases:\n${each.join('')}` });
    expect(answer.body.cases.counts).toEqual({ passed: 0, failed: 4, toRecord: 0 });
    const kept = await doors.call('GET', '/v1/playbooks/bomb/versions/1/cases', { token });
    for (const { reasons } of kept.body.cases)
      expect(reasons).toMatchObject([
        { code: 'case/bad-fixture', message: expect.stringContaining('there is no file') },
      ]);
  });
});

function filesOf(count: number, text: string): { [name: string]: string } {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, text]));
}

describe('cases that take for ever', () => {
  const registry = manifestsOf(createRegistry());
  const heavy = 'alert.targets.hosts.all(one, alert.targets.hosts.all(other, one.id != "x"))';
  // Each expression stays within its budget; there are thirty for each of three hundred cases.
  const inputs = Array.from(
    { length: 30 },
    (_, n) =>
      `  more_${n}: { type: string, from: { on_alert: '\${{ ${heavy} ? "a" : "b" }}' }, default: c }\n`,
  ).join('');
  const compiled = compilePlaybook(madePlaybook('slow', lookStep, inputs), { file: 'slow.yaml', registry });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics.slice(0, 3)));
  const hosts = Array.from({ length: 300 }, (_, n) => ({ id: `H${n}`, name: 'h' }));
  const alert = JSON.stringify({ ...hostAlert('slow', 'slow-1', ws0117), targets: { hosts } });
  const all = Array.from(
    { length: 300 },
    (_, n) =>
      `- { name: c${n}, given: { alert: { file: a }, target: { id: H1 } }, expect: { run: succeeded } }\n`,
  ).join('');

  it('are ended, nothing of them stays, and others are answered meanwhile', async () => {
    const { plan, digest } = compiled;
    const playbook = { plan, digest, source: '', file: 'slow.yaml' };
    const text = { source: `${head}cases:\n${all}`, file: 'slow.cases.yaml', files: { a: alert } };
    let answered = false;
    const playing = playCases(corridor.engine.parts, registry, playbook, text, 3_000);
    const other = doors.call('GET', '/v1/playbooks', { token }).then(({ status }) => {
      answered = status === 200;
    });
    await other;
    expect(answered).toBe(true);
    expect(await playing).toMatchObject({ ok: false, code: 'case/not-played' });
  }, 30_000);
});
