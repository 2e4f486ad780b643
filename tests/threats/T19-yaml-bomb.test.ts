import { afterAll, describe, expect, it } from 'vitest';
import { lookStep, madePlaybook } from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';
import { openCorridorDoors } from '../support/corridor-doors.ts';

/*
 * T19: whoever may have a playbook checked sends YAML that is made to be much more than it looks like, to be read
 * as something else than it looks like, or to keep the process busy. Each file stays below the size that is taken.
 */

const corridor = await openCorridor({ playbooks: [] });
afterAll(() => corridor.close());
const doors = await openCorridorDoors(corridor);
const { token } = await doors.person('Ann', ['operator']);

const bytesMax = 256 * 1024 - 400;
const fill = (text: string): string => text.repeat(bytesMax / Buffer.byteLength(text));
const lines = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const head = 'kind: playbook/v1\nid: bomb\n';
const step = '  - id: s\n    action: inventory.get-host\n    with: { host_id: x }\n';

const laughs = [
  'a: &a [1, 1]',
  ...[...'bcdefghij'].map((name, n) => `${name}: &${name} [${`*${'abcdefghi'[n]}, `.repeat(9)}]`),
];

/** What is refused, and at which line. */
const bombs: [what: string, text: string, line: number][] = [
  ['an alias bomb', `${laughs.join('\n')}\n`, 3],
  ['an anchor that contains itself', 'a: 1\nb: &x [*x]\n', 2],
  ['aliases without end', `a: &a [1]\nb: [${fill('*a, ').slice(0, -2)}]`, 2],
  ['open brackets', fill('['), 1],
  ['open braces', fill('{'), 1],
  ['maps in maps', fill('{a: '), 1],
  ['lists in lists', fill('- '), 1],
  ['keys of keys', fill('? '), 1],
  ['deeper and deeper', lines(700, (n) => `${' '.repeat(n)}a:`), 50],
  ['anchors on one value', fill('&a '), 1],
  ['tags on one value', fill('!a '), 1],
  ['brackets that open in every line', fill('a: [\n'), 2],
  ['the same key in every line', `${head}${fill('a: 1\n')}`, 4],
  ['a key in every line', `${head}${lines(14_000, (n) => `key${n}: 1`)}`, 1],
  ['more values than anybody reads', `${head}steps:\n  - with: [${fill('1,').slice(0, 80_000)}]`, 4],
  ['ten thousand steps', `${head}steps:\n${fill(step)}`, 4],
  [
    'variables that name each other',
    `${head}vars:\n${lines(7_000, (n) => `  v${n}: \${{ vars.v${n + 1} }}`)}`,
    4,
  ],
  ['directives', fill('%TAG ! x\n'), 1],
  ['documents', fill('---\n'), 2],
  ['a text that never ends', `a: "${fill('\\n')}`, 1],
  ['line feeds', `a: 1\nb:${fill('\n')}x`, bytesMax + 2],
  ['the switch to YAML 1.1', '%YAML 1.1\n---\non: yes\n', 1],
  ['a second document', 'a: 1\n---\nb: 2\n', 2],
  ['a key that comes twice', `${head}title: One\ntitle: Two\n`, 4],
  ['a key that comes twice, written differently', `${head}title: One\n"t\\u0069tle": Two\n`, 4],
  ['a tag that makes code', 'a: 1\nb: !!js/function "function () { return process.env }"\n', 2],
  ['a tag that makes bytes', 'a: 1\nb: !!binary aGVsbG8=\n', 2],
  ['a merge', 'a: &a { x: 1 }\nb:\n  <<: *a\n', 3],
  ['a list as a key', 'a: 1\n[a, b]: 1\n', 2],
  ['a number that JSON rounds', 'a: 1\nb: 9007199254740993\n', 2],
  ['NUL', 'a: 1\nb: "x\\0"\n', 2],
  ['half of a surrogate pair', 'a: 1\nb: "\\ud800"\n', 2],
];

const stored = async (): Promise<number> =>
  (await corridor.database.owner.query('select 1 from playbook_versions')).rows.length;
const rejected = async () =>
  (await corridor.story()).filter(({ type }) => type === 'playbook.rejected') as unknown as {
    data: { problems: string[] };
  }[];

const put = (path: string, body: string, version?: string) =>
  doors.call('PUT', path, {
    token,
    body,
    headers: { 'content-type': 'application/yaml', ...(version !== undefined && { 'if-match': version }) },
  });

describe.each(bombs)('%s', (_what, text, line) => {
  it('is refused with its line, stored nowhere, written down, and the process serves the next', async () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
    const before = { stored: await stored(), rejected: (await rejected()).length };
    const published = await put('/v1/playbooks/bomb/versions', text);
    expect([published.status, published.body.code]).toEqual([400, 'request/invalid']);
    const errors = published.body.errors as { line: number; code: string }[];
    expect(errors.map((error) => error.line)).toContain(line);
    expect(errors.length).toBeLessThan(150);
    const checked = await doors.call('POST', '/v1/playbooks/check', {
      token,
      body: text,
      headers: { 'content-type': 'application/yaml' },
    });
    expect(checked).toMatchObject({ status: 200, body: { ok: false } });
    expect((await doors.call('GET', '/healthz')).status).toBe(200);
    expect(await stored()).toBe(before.stored);
    const told = await rejected();
    expect(told).toHaveLength(before.rejected + 1);
    expect(told.at(-1)?.data.problems[0]).toMatch(/^\d+:\d+ compile\//);
  });
});

it('guardrails and routing are read by the same rules', async () => {
  for (const path of ['/v1/settings/guardrails', '/v1/settings/routing'])
    for (const [what, text] of bombs) {
      const answer = await put(path, text, '"0"');
      expect([400, 422], `${path}: ${what}`).toContain(answer.status);
      if (answer.body.errors !== undefined)
        expect((answer.body.errors as { line: number }[])[0]?.line, `${path}: ${what}`).toBeGreaterThan(0);
    }
  const { rows } = await corridor.database.owner.query(
    'select 1 from guardrails_versions union all select 1 from routing_versions',
  );
  expect(rows).toEqual([]);
  const types = (await corridor.story()).map(({ type }) => type);
  for (const type of ['guardrails.refused', 'routing.refused'])
    expect(types.filter((each) => each === type)).toHaveLength(bombs.length);
}, 240_000);

it('after all of them a playbook is published and runs', async () => {
  const answer = await put('/v1/playbooks/good/versions', madePlaybook('good', lookStep));
  expect(answer).toMatchObject({ status: 200, body: { publishedVersion: 1 } });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
