import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { madePlaybook } from '../corridor/questions.ts';
import { openMatching, ownAlert } from '../match/open-matching.ts';
import { useCasesOf } from '../support/corridor-doors.ts';
import { riposte } from './start-cli.ts';

/* `riposte publish` takes the cases beside a playbook along, and `riposte cases` shows how the server played them. */

const at = await openMatching();
const api = await startApi({ useCases: useCasesOf(at) }, undefined, at.database);
const folder = await mkdtemp(join(tmpdir(), 'riposte-cases-'));
const outside = `${folder}.json`;
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(outside, { force: true });
});
let env: Record<string, string> = {};

const tell = `  - id: tell
    if: inputs.host_id == "H1"
    action: chat.post-message
    with: { channel: soc, text: It is the server. }
`;
const casesOf = (file: string, expect = '{ run: succeeded }') => `kind: cases/v1
playbook: ./told.yaml
cases:
  - name: the channel hears of it
    given: { alert: { file: ${file} }, actions: { chat.post-message: {} } }
    expect: ${expect}
`;
const write = (name: string, text: string) => writeFile(join(folder, name), text);
const run = (...args: string[]) => riposte(args, env, '', folder);

beforeAll(async () => {
  const { token } = await api.person('opal', ['operator']);
  env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token };
  await mkdir(join(folder, 'alerts'));
  await write('told.yaml', madePlaybook('told', tell));
  await write('alerts/one.json', JSON.stringify(ownAlert('a', { category: 'told' })));
});

test('they go along with their alerts, and publishing says how they went', async () => {
  await write('told.cases.yaml', casesOf('alerts/one.json'));
  const published = await run('publish', 'told.yaml');
  expect(published).toMatchObject({ code: 0 });
  expect(published.stdout).toMatch(/^published {2}told {2}1 .*\n {2}cases: 1 passed; 1 of 2 branches\n$/);
  const again = await run('publish', 'told.yaml');
  expect(again.stdout).toMatch(/^unchanged .*\n {2}cases as before: 1 passed; 1 of 2 branches\n$/);
});

test('they are shown with what they do not cover, and printed as they were published', async () => {
  const shown = await run('cases', 'told');
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('told, version 1, cases 1\n1 passed; 1 of 2 branches\n');
  expect(shown.stdout).toMatch(/not seen {2}line \d+ {2}run\/tell: if false/);
  expect((await run('cases', 'told', '--source')).stdout).toBe(casesOf('alerts/one.json'));
});

test('one that fails says why and where, and the command ends with 1', async () => {
  await write('told.cases.yaml', casesOf('alerts/one.json', '{ run: failed }'));
  expect((await run('publish', 'told.yaml')).stdout).toContain('cases: 0 passed, 1 failed;');
  const shown = await run('cases', 'told');
  expect(shown.code).toBe(1);
  expect(shown.stdout).toMatch(/FAIL {2}the channel hears of it\n {8}line 6 {2}/);
  expect(await run('cases', 'told', '--number', '1')).toMatchObject({ code: 0 });
});

test('they are played once more, and left out where that is said', async () => {
  const played = await run('cases', 'told', '--play', '--json');
  expect(JSON.parse(played.stdout)).toMatchObject({ number: 2, playedBy: 'opal', old: false });
  const without = await run('publish', '--no-cases', 'told.yaml');
  expect(without.stdout).toMatch(/^unchanged .*\n$/);
});

test('a file that they have no business with is not sent, and nothing is published', async () => {
  await write('secrets.env', 'TOKEN=s3cret');
  await writeFile(outside, '{}');
  await symlink(outside, join(folder, 'alerts/link.json'));
  for (const name of ['../../../etc/passwd', 'secrets.env', `../${basename(outside)}`, 'alerts/link.json']) {
    await write('told.cases.yaml', casesOf(name));
    const refused = await run('publish', 'told.yaml');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/names ".*", which is no \.json file below .*Nothing was published\./);
  }
});
