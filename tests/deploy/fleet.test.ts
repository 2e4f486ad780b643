import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useRedis } from '../support/redis.ts';
import { withClient } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { readCompose, rolesOf, type Service } from './compose.ts';
import { layImage, root } from './image.ts';
import { makeDatabase } from './make-database.ts';
import { type Container, startContainer } from './start-fleet.ts';

/*
 * The fleet that compose.yaml describes, without containers: each of its processes with the image's files, the file's
 * command and the file's environment, over a PostgreSQL that database.sql has prepared and a Redis with the file's flags.
 */

const password = 'c0ffee';
const services = readCompose(['compose.yaml'], { DATABASE_PASSWORD: password, POSTGRES_PASSWORD: 'c0de' });
const called = (name: string): Service => {
  const service = services.find((each) => each.name === name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};
const redis = await useRedis(called('redis').command?.slice(1));

it.skipIf(redis.missing !== null)(
  'starts at once on an empty database, answers an alert over several processes, and stops in good order',
  async () => {
    const [image, place, database] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await makeDatabase(password),
    ];
    const made = await layImage(image);
    const before = await filesOf(image);
    const start = (service: Service, number: number, names = {}) =>
      startContainer(service, made, image, join(place, `${service.name}-${number}`), names);

    const lab = await start(called('lab'), 1);
    await lab.until('listens on');
    const names = {
      'riposte:c0ffee@postgres:5432/riposte': `fleet:c0ffee@${database.place}`,
      'redis://redis:6379': redis.url,
      'http://lab:7910': `http://127.0.0.1:${lab.port}`,
    };
    const fleet = await Promise.all(
      rolesOf(services).flatMap((service) =>
        Array.from({ length: service.replicas }, (_, index) => start(service, index + 1, names)),
      ),
    );
    expect(fleet.map(({ service }) => service).sort()).toEqual([
      'api',
      'api',
      'engine',
      'engine',
      'sequencer',
      'worker',
      'worker',
    ]);
    const [one, other] = fleet.filter(({ service }) => service === 'api');
    if (one === undefined || other === undefined) throw new Error('no two doors');
    await Promise.all(
      fleet.map(({ until, service }) => until(service === 'api' ? '/sign-in/' : 'serves no API')),
    );

    const token = await signIn(one);
    const source = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
    await call(one, token, 'PUT', '/v1/playbooks/isolate-and-tell/versions', source, 'application/yaml');
    const alert = readFileSync(join(image, 'examples/alerts/01-ransomware-on-workstations.json'), 'utf8');
    await call(other, token, 'POST', '/v1/alerts', alert);
    await expect
      .poll(async () => (await runs(one, token)).map(({ state }) => state), {
        timeout: 240_000,
        interval: 500,
      })
      .toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await isolatedIn(lab)).toEqual(['ws-0117', 'ws-0301', 'ws-0302']);

    const workers = fleet.filter(({ service }) => service === 'worker');
    const who = await withClient(database.url, (client) =>
      client.query<{ worker: string }>('select distinct worker from riposte.attempts order by worker'),
    );
    expect(who.rows.length).toBeGreaterThan(0);
    const pids = workers.map(({ pid }) => `${hostname()}/${pid}`);
    expect(who.rows.filter(({ worker }) => !pids.includes(worker))).toEqual([]);
    expect(await call(other, token, 'POST', '/v1/audit/verify')).toMatchObject({ ok: true, problems: [] });
    const ready = () => fetch(`http://127.0.0.1:${other.port}/readyz`).then(({ status }) => status);
    await expect.poll(ready, { timeout: 60_000, interval: 1_000 }).toBe(200);

    for (const { service, watched } of fleet)
      expect((await fetch(`http://127.0.0.1:${watched}/healthz`)).status, service).toBe(200);
    const codes = await Promise.all([...fleet, lab].map(async (each) => [each.service, await each.stop()]));
    expect(
      codes.filter(([, code]) => code !== 0),
      fleet.map(({ said }) => said().slice(-500)).join('\n'),
    ).toEqual([]);
    // What `check-redis.ts` says of flags that would lose work. Other warnings come with a machine that is too slow.
    for (const { said } of fleet) expect(said()).not.toMatch(/maxmemory-policy|appendonly/);
    // What a read-only root file system and the volumes of the file allow.
    expect(await filesOf(image)).toEqual(before);
    for (const { service, data } of fleet)
      expect(readdirSync(data), service).toEqual(
        service === 'sequencer' ? ['audit-key', 'audit-key.heads'] : [],
      );
  },
  600_000,
);

/** The packages are those of this checkout, where other tests keep what they compiled (`.cache`, `.vitest-cache`). */
async function filesOf(image: string): Promise<string[]> {
  const all = await readdir(image, { recursive: true });
  return all.filter((path) => !path.startsWith(join('node_modules', '.'))).sort();
}

/** Through the link that the log shows, as whoever starts it first does; then a token for a program. */
async function signIn(api: Container): Promise<string> {
  const link = /\/sign-in\/(\S+)/.exec(api.said())?.[1] ?? '';
  const at = `http://127.0.0.1:${api.port}`;
  const ours = { 'sec-fetch-site': 'same-origin' };
  const entered = await fetch(`${at}/sign-in/${link}`, { method: 'POST', redirect: 'manual', headers: ours });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const answer = await fetch(`${at}/v1/tokens`, {
    method: 'POST',
    headers: { ...ours, cookie, 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'service',
      name: 'sensor',
      roles: ['operator', 'analyst', 'auditor'],
      days: 1,
    }),
  });
  const body = (await answer.json()) as { secret: string };
  expect(answer.status, JSON.stringify(body)).toBe(201);
  return body.secret;
}

async function call(
  api: Container,
  token: string,
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<ReturnType<typeof JSON.parse>> {
  const answer = await fetch(`http://127.0.0.1:${api.port}${path}`, {
    method,
    headers: {
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  expect(answer.ok, `${method} ${path}: ${text}`).toBe(true);
  return JSON.parse(text);
}

async function runs(api: Container, token: string): Promise<{ state: string }[]> {
  return (await call(api, token, 'GET', '/v1/runs')).items;
}

async function isolatedIn(lab: Container): Promise<string[]> {
  const { hosts } = (await (await fetch(`http://127.0.0.1:${lab.port}/lab/state`)).json()) as {
    hosts: { isolation: string; machine: { computerDnsName: string } }[];
  };
  const isolated = hosts.filter(({ isolation }) => isolation !== 'none');
  return isolated.map(({ machine }) => machine.computerDnsName.split('.')[0] ?? '').sort();
}
