import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { openAuditVerifier } from '../../api/process/open-audit.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { startApi } from '../api/start-api.ts';
import { openCorridor } from '../support/corridor.ts';
import { noSecret } from '../support/made-secrets.ts';
import { freePort } from '../support/riposte-process.ts';
import { riposte } from './start-cli.ts';

/* `riposte run` against a server with a real engine, database and estate behind it. */

function playbook(id: string, steps: string, more = ''): string {
  return `kind: playbook/v1
id: ${id}
title: Made for one test
description: Made for one test.
status: stable
author: Blue Team
owner: group:soc
falsepositives: [None]
${more}triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs:
  host_id: { type: string, default: "", from: { by_hand: "\${{ target.?id.orValue('') }}" } }
  days: { type: integer, default: 1 }
steps:
${steps}`;
}

const stop = (outcome: string) => `  - stop: { outcome: ${outcome}, reason: "Days: \${{ inputs.days }}" }\n`;
const playbooks = {
  good: playbook('ends-well', stop('succeeded')),
  bad: playbook('ends-badly', stop('failed')),
  denied: playbook('ends-denied', stop('denied')),
  slow: playbook('waits', '  - { id: pause, wait: 1h }\n'),
  late: playbook('runs-out', '  - { id: pause, wait: 1h }\n', 'timeout: 1s\n'),
};

const corridor = await openCorridor({ playbooks: [] });
for (const text of Object.values(playbooks)) await corridor.publish(text);
const { app: database } = corridor.database;
const identity = openIdentity({ database, tenant: defaultTenant, mint: mintId });
const api = await startApi({
  database,
  identity,
  read: openRead(database),
  useCases: bindUseCases(
    corridor.engine,
    manifestsOf(createRegistry()),
    openAuditVerifier(database, defaultTenant, mintId),
    {
      database,
      tenant: defaultTenant,
      mint: mintId,
      log: () => undefined,
      http: createHttp(),
      secret: noSecret,
      lines: createLines({}),
      host: 'riposte.example',
    },
  ),
});
const folder = await mkdtemp(join(tmpdir(), 'riposte-start-'));
afterAll(async () => {
  await corridor.close();
  await rm(folder, { recursive: true });
});

const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
const person = await identity.createPerson(system, {
  name: 'Olle Operator',
  email: 'olle@example.test',
  roles: ['operator'],
  groups: [],
});
if (!person.ok) throw new Error(person.detail);
const made = await identity.createToken(system, {
  personId: person.person.id,
  name: 'cli',
  roles: ['operator'],
});
if (!made.ok) throw new Error(made.detail);
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: made.secret };

/** A way to the server on which it does what it is asked to, and whoever asked hears nothing. */
async function loseFirstAnswers(count: number): Promise<string> {
  let left = count;
  const front = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const headers = new Headers(request.headers as Record<string, string>);
    for (const name of ['host', 'connection', 'content-length']) headers.delete(name);
    const body = method === 'GET' ? null : await text(request);
    const answer = await fetch(api.url + url, { method, headers, body });
    const said = await answer.text();
    if (method === 'POST' && left-- > 0) request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(said);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    front.close();
  });
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}

const run = (...args: string[]) => riposte(['run', ...args], env);

describe('riposte run', () => {
  test('starts nothing without a yes', async () => {
    const { code, stderr } = await run('ends-well');
    expect(code).toBe(2);
    expect(stderr).toContain('--dry-run');
    expect(await corridor.runs()).toEqual([]);
  });

  test('starts a run with its target and typed inputs, and does not wait unless asked', async () => {
    const { code, stdout } = await run(
      'ends-well',
      '--yes',
      '--target',
      'host:H17',
      '--input',
      'days=3',
      '--json',
    );
    expect(code).toBe(0);
    const { id } = JSON.parse(stdout) as { id: string };
    await corridor.rest();
    const shown = await riposte(['runs', id, '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ given: { inputs: { host_id: 'H17', days: 3 } } });
  });

  test.each([
    ['ends-well', 0, 'succeeded'],
    ['ends-badly', 1, 'failed'],
    ['ends-denied', 4, 'denied'],
    ['runs-out', 5, 'timed-out'],
  ])('--wait follows %s and ends with %i', async (id, code, state) => {
    const ended = await run(id, '--yes', '--wait', '--input', 'days=2');
    expect(ended.stdout).toMatch(new RegExp(`^run_\\w+ {2}${state}\\n$`));
    expect(ended.code).toBe(code);
    if (code === 1) expect(ended.stderr).toContain('The run ended failed: Days: 2.');
  });

  test('a run that takes longer than --timeout goes on without being watched', async () => {
    const { code, stderr } = await run('waits', '--yes', '--wait', '--timeout', '1');
    expect(code).toBe(5);
    expect(stderr).toContain('goes on');
    expect(
      (await corridor.runs()).some(
        ({ playbook_id, state }) => playbook_id === 'waits' && state === 'waiting',
      ),
    ).toBe(true);
  });

  test('an answer that gets lost is asked for again, and nothing is started twice', async () => {
    const before = (await corridor.runs()).length;
    const url = await loseFirstAnswers(2);
    const { code, stdout, stderr } = await riposte(['run', 'ends-well', '--yes'], {
      ...env,
      RIPOSTE_URL: url,
    });
    expect(stderr.match(/it is not done twice/g)).toHaveLength(2);
    expect(code).toBe(0);
    const runs = await corridor.runs();
    expect(runs).toHaveLength(before + 1);
    expect(runs.map(({ id }) => id)).toContain(/^run_\w+/.exec(stdout)?.[0]);
  });

  test('a server that is not there is not waited for', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await riposte(['run', 'ends-well', '--yes'], { ...env, RIPOSTE_URL: url });
    expect(code).toBe(3);
    expect(stderr).toContain('does not answer');
    expect(stderr).not.toContain('done twice');
  });

  test('a mode is handed on', async () => {
    const { stdout } = await run('ends-well', '--yes', '--mode', 'audit', '--json', '--wait');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'succeeded', mode: 'audit' });
  });

  test('a file starts only what the server would run by the same text', async () => {
    const file = join(folder, 'good.yaml');
    await writeFile(file, playbooks.good);
    expect(await run(file, '--yes', '--wait')).toMatchObject({ code: 0 });
    await writeFile(file, playbooks.good.replace('succeeded', 'failed'));
    const { code, stderr } = await run(file, '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('another version of ends-well');
  });

  test("the server's no is a no", async () => {
    const unknown = await run('nobody-knows', '--yes');
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain('no enabled playbook "nobody-knows"');
    const kind = await run('ends-well', '--yes', '--target', 'user:U1');
    expect(kind.stderr).toContain('it takes a target of the kind host');
  });
});
