import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort, riposteProcess as riposte } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* What a newcomer types, as a process of its own: `npm start -- --once` without npm. */

const started = 'api/process/start.ts';
const cli = 'api/cli/riposte.ts';

function counted(summary: string, label: string): number {
  return Number(new RegExp(`${label} +(\\d+)`).exec(summary)?.[1] ?? Number.NaN);
}

it('contains what may be contained at once, asks about the rest, and does nothing twice', async () => {
  const folder = await temporaryFolder();
  const env = { RIPOSTE_DATA: folder, RIPOSTE_PORT: String(await freePort()) };
  const first = await riposte(started, ['--once'], env).ended;
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  for (const [label, least] of [
    ['hosts isolated', 3],
    ['users disabled', 2],
    ['sessions revoked', 2],
    ['mails quarantined', 2],
    ['waiting for people', 3],
  ] as const) {
    expect(counted(first.stdout, label), label).toBe(least);
  }
  expect(first.stdout).toContain('Isolate server db-1.contoso.com?');
  expect(first.stdout).toContain('Domain controllers are contained by hand');
  // Whoever reads the last lines finds nothing listening any more.
  expect(first.stdout.slice(first.stdout.indexOf('Summary'))).not.toContain('/sign-in/');
  expect(first.stdout).toContain('"npm start" goes on with it');

  const second = riposte(started, [], env);
  await second.said('The sample alerts are known from an earlier start');
  await second.said('Waiting');
  const speak = async (...args: string[]) => riposte(cli, args, env).ended;

  const waiting = JSON.parse((await speak('approvals', '--json')).stdout) as {
    items: { id: string; question: string; digest: string }[];
  };
  const server = waiting.items.find((item) => item.question.includes('db-1'));
  if (server === undefined) throw new Error('the server does not wait');
  expect((await speak('approve', server.id, '--yes')).code).toBe(0);
  const other = await speak('deny', server.id, '--as', 'cy', '--comment', 'too late', '--yes');
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('approval/already-decided');
  await second.said('isolate host db-1.contoso.com');

  const verified = await speak('audit', 'verify', '--as', 'kim', '--json');
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, problems: [] });

  const elsewhere = await riposte(started, ['--once'], { ...env, RIPOSTE_PORT: String(await freePort()) })
    .ended;
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stderr).toMatch(/^riposte: start\/data-in-use: /);

  second.child.kill('SIGINT');
  expect((await second.ended).code).toBe(0);
});

it('says which port is taken and what to do', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const busy = await riposte(started, ['--once'], {
    RIPOSTE_DATA: await temporaryFolder(),
    RIPOSTE_PORT: String(port),
  }).ended;
  await new Promise((resolve) => server.close(resolve));
  expect(busy.code).toBe(1);
  expect(busy.stderr).toMatch(new RegExp(`^riposte: start/port-in-use: .*${port}.*RIPOSTE_PORT`));
});

it.each([
  [
    'an address of another machine',
    { RIPOSTE_HOST: '203.0.113.9' },
    'bad-config: RIPOSTE_HOST: .*203\\.0\\.113\\.9.*127\\.0\\.0\\.1',
  ],
  [
    'a name of no machine',
    { RIPOSTE_HOST: 'nosuch.invalid' },
    'bad-config: RIPOSTE_HOST: .*nosuch\\.invalid',
  ],
  [
    'a database that is not there',
    { DATABASE_URL: 'postgres://u:hunter2@localhost:9/x' },
    'no-database: .*ECONNREFUSED.*DATABASE_URL',
  ],
])('says in one line what to do about %s', async (_what, env, said) => {
  const folder = await temporaryFolder();
  const port = String(await freePort());
  const ended = await riposte(started, ['--once'], { RIPOSTE_DATA: folder, RIPOSTE_PORT: port, ...env })
    .ended;
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(new RegExp(`^riposte: start/${said}.*\n$`));
  expect(ended.stderr).not.toContain('hunter2');
});

it('says what to do when nothing can be kept, or the estate of the lab is damaged', async () => {
  const folder = await temporaryFolder();
  const port = String(await freePort());
  const file = join(folder, 'a-file');
  await writeFile(file, '{');
  const nowhere = await riposte(started, ['--once'], { RIPOSTE_DATA: file, RIPOSTE_PORT: port }).ended;
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/^riposte: start\/bad-config: RIPOSTE_DATA: .*a-file.*another folder\.\n$/);
  await writeFile(join(folder, 'lab.json'), '{');
  const damaged = await riposte(started, ['--once'], { RIPOSTE_DATA: folder, RIPOSTE_PORT: port }).ended;
  expect(damaged.code).toBe(1);
  expect(damaged.stderr).toMatch(/^riposte: start\/data-damaged: .*lab\.json.*delete it.*\n$/);
});

it('tells what it can be told', async () => {
  const helped = await riposte(started, ['--help'], {}).ended;
  expect(helped).toMatchObject({ code: 0, stderr: '' });
  expect(helped.stdout).toContain('npm start -- --once');
  const wrong = await riposte(started, ['--onec'], {}).ended;
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('npm start -- --once');
});
