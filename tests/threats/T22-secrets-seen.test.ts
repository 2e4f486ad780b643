import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeBundle } from '../../api/cli/audit/write-bundle.ts';
import { routes as pages } from '../../api/console/routes.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { labClient } from '../../examples/lab/scenario.ts';
import { startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import {
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  tellStep,
  until,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { appRole, startVault, tokenStart } from '../secrets/start-vault.ts';
import { labConnections } from '../support/corridor.ts';
import { useDatabase } from '../support/database.ts';
import { useRedis } from '../support/redis.ts';
import { freePort } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * T22: a secret in a log, an error, an entry, a queue job, an answer, a page, an export, a core dump. One story
 * through a real process that logs everything, with a vendor that fails in each way and repeats whatever it was
 * sent; then everything that is left of it is searched. `corridor/secrets.test.ts` looks at the columns as well.
 */

const { secret } = labClient;
const database = await useDatabase();
const redis = await useRedis();
const lab = await startLab();
const vault = await startVault();
const folder = await temporaryFolder();
const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });

/** What may be nowhere, by its name; grows with what people and vendors are given. */
const canaries: { [name: string]: string } = {
  'the secret of the connection': secret,
  // Every access token of the lab begins so.
  'a token of the vendor': `lab.${Buffer.from('{"tenantId":').toString('base64url')}`,
  'what signs in to Vault': appRole.secret_id,
  'a token of Vault': tokenStart,
  'the password of the database': new URL(database.url).password,
  'the secret of a webhook': randomBytes(32).toString('base64'),
};
const formsOf = (value: string) => [
  value,
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replace(/=+$/, ''),
  Buffer.from(value).toString('base64url'),
  Buffer.from(value).toString('hex'),
];
const found = (text: string): string[] =>
  Object.entries(canaries)
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name);

/** The vendor, who sends back what it was sent: in a name, a code, a message, a header. One host of it is hostile. */
let badSignIns = 1;
const vendor = createServer((asked, answer) => {
  let body = '';
  asked.setEncoding('utf8').on('data', (chunk) => {
    body += String(chunk);
  });
  asked.on('end', () => {
    const { authorization = '' } = asked.headers;
    const token = authorization.replace('Bearer ', '');
    if (asked.url?.startsWith('/login') && badSignIns-- > 0) {
      const said = { error: secret, error_description: `${body} was wrong`, secret };
      return answer.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    }
    if (asked.url?.includes(ws0244) && asked.method === 'POST') {
      const message = `${authorization} ${encodeURIComponent(secret)} ${Buffer.from(token).toString('base64')}`;
      const said = { error: { code: token.slice(0, 80), message, target: token.slice(0, 60) } };
      return answer
        .writeHead(400, {
          'content-type': 'application/json',
          'x-was': authorization,
          'retry-after': token.slice(0, 9),
        })
        .end(JSON.stringify(said));
    }
    const on = request(lab.url + asked.url, {
      method: asked.method,
      headers: { ...asked.headers, host: new URL(lab.url).host },
    });
    on.on('response', (from) => {
      let text = '';
      from.setEncoding('utf8').on('data', (chunk) => {
        text += String(chunk);
      });
      from.on('end', () => {
        const { 'content-length': _length, ...headers } = from.headers;
        // A look at the hostile host: its name is the token that was shown there.
        const told = asked.url?.includes(ws0244)
          ? text.replace(/"(computerDnsName|osPlatform)":"[^"]*"/g, (_all, name) => `"${name}":"${token}"`)
          : text;
        answer.writeHead(from.statusCode ?? 500, headers).end(told);
      });
    });
    on.on('error', () => asked.destroy());
    on.end(body);
    return answer;
  });
});
await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
const vendorUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;

let url = '';
let said = '';
/** One that decides and answers, and one that acts: what is to be done goes over the queue. */
const processes: { child: ReturnType<typeof spawn>; ended: Promise<unknown> }[] = [];
const commands: string[] = [];
let monitor: Redis | null = null;

beforeAll(async () => {
  const systems = ['inventory', 'edr', 'chat', 'directory', 'mail', 'mdm', 'incident'];
  const connections = labConnections(vendorUrl, systems).map(({ id, system: of, settings }) => ({
    ...{ id, system: of, settings },
    secrets: { client_secret: 'vault:kv/soc/vendor#client_secret' },
  }));
  await writeFile(join(folder, 'connections.json'), JSON.stringify({ connections }));
  vault.secrets['soc/vendor'] = { client_secret: secret };
  const auth = { method: 'approle', roleId: appRole.role_id, secretId: 'env:SECRET_ID' };
  await writeFile(join(folder, 'vault.json'), JSON.stringify({ address: vault.url, auth }));
  const webhooks = [{ playbook: 'hears', trigger: 'heard', secrets: ['env:HEARD_SECRET'] }];
  await writeFile(join(folder, 'webhooks.json'), JSON.stringify({ webhooks }));
  const queue = new URL(redis.missing === null ? redis.url : 'redis://none');
  if (redis.missing === null) {
    const password = `queue-${mintId('RunId')}`;
    canaries['the password of the queue'] = password;
    const client = new Redis(redis.url);
    await client.config('SET', 'requirepass', password);
    client.disconnect();
    queue.password = password;
    monitor = await new Redis(queue.href, { retryStrategy: () => null }).monitor();
    monitor.on('error', () => undefined);
    monitor.on('monitor', (_time: string, words: string[]) => commands.push(words.join(' ')));
  }
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: `${join(import.meta.dirname, '../../node_modules/.bin')}:/usr/bin:/bin`,
    DATABASE_URL: database.url,
    ...(redis.missing === null && { QUEUE_URL: queue.href }),
    RIPOSTE_CONNECTIONS: join(folder, 'connections.json'),
    RIPOSTE_ALLOWED_ADDRESSES: vendorUrl,
    RIPOSTE_DATA: folder,
    RIPOSTE_PORT: String(port),
    RIPOSTE_LOG_LEVEL: 'debug',
    RIPOSTE_WEBHOOKS: join(folder, 'webhooks.json'),
    HEARD_SECRET: `whsec_${canaries['the secret of a webhook']}`,
    RIPOSTE_VAULT: join(folder, 'vault.json'),
    SECRET_ID: appRole.secret_id,
  };
  const start = join(import.meta.dirname, '../../api/process/start.ts');
  for (const roles of ['api,engine,sequencer', 'worker']) {
    // As badly as a machine may be set up: it would write core files of any size.
    const child = spawn('sh', ['-c', `ulimit -c unlimited; exec node ${start} --server`], {
      cwd: folder,
      env: { ...env, RIPOSTE_ROLES: roles },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        said += String(chunk);
      });
    processes.push({ child, ended: new Promise((resolve) => child.once('close', resolve)) });
    await until(async () => said.split(/is listening|serves no API/).length > processes.length);
  }
});
afterAll(async () => {
  for (const { child, ended } of processes) {
    child.kill('SIGKILL');
    await ended;
  }
  monitor?.disconnect();
  vendor.closeAllConnections();
  vendor.close();
  await lab.close();
  await vault.close();
});

async function person(name: string, roles: Role[], groups: string[]) {
  const made = await identity.createPerson(system, { name, email: null, roles, groups });
  if (!made.ok) throw new Error(made.detail);
  const token = await identity.createToken(system, { personId: made.person.id, name, roles });
  const link = await identity.createSignInLink(system, made.person.id);
  if (!token.ok || !link.ok) throw new Error('no way in');
  const entered = await fetch(`${url}/sign-in/${link.secret}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  canaries[`the token of ${name}`] = token.secret;
  canaries[`the link of ${name}`] = link.secret;
  canaries[`the session of ${name}`] = cookie.split('=')[1] ?? '';
  return { token: token.secret, cookie };
}

async function call(method: string, path: string, token: string, body?: unknown) {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: [...response.headers].join() };
}

/** Each row of the database with its table, those of queues and of the log included; bytes as the text they hold. */
async function tables(): Promise<Map<string, string>> {
  const { owner } = database;
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts = new Map<string, string>();
  for (const { name } of rows) {
    const all = (await owner.query<Record<string, unknown>>(`select * from ${name}`)).rows;
    const read = (_: string, value: { type?: string; data?: number[] } | null) =>
      value?.type === 'Buffer' ? Buffer.from(value.data ?? []).toString('latin1') : value;
    texts.set(name, JSON.stringify(all, read));
  }
  return texts;
}

it('no secret is anywhere but where it is used, while everything goes wrong', async () => {
  const ada = await person('Ada', ['admin'], ['soc']);
  const bo = await person('Bo', ['viewer'], []);
  canaries['the signing key'] = readFileSync(join(folder, 'audit-key'), 'utf8').trim();
  const path = '/mde/api/machines/*/isolate';
  for (const does of [
    { kind: 'fail-before', status: 503 },
    { kind: 'apply-then-drop' },
    { kind: 'expire-token' },
  ] as const)
    lab.estate.addFault({ method: 'POST', path, does });

  const steps = {
    acts: `${lookStep}${isolateStep}${tellStep}`,
    asks: `${lookStep}${isolateStep}    approval: { approvers: [group:soc] }\n`,
  };
  for (const [id, text] of Object.entries(steps)) {
    const published = await call('PUT', `/v1/playbooks/${id}/versions`, ada.token, {
      source: madePlaybook(id, text),
    });
    expect(published.status, published.text).toBe(200);
  }
  const send = (id: string, host: string) =>
    call('POST', '/v1/alerts', ada.token, hostAlert(id, `${id}-${host}`, host));
  for (const [id, host] of [
    ['acts', ws0117],
    ['acts', ws0244],
    ['asks', ws0117],
    ['asks', ws0244],
  ] as const)
    expect((await send(id, host)).status).toBe(202);
  const items = async (list: string) =>
    JSON.parse((await call('GET', list, ada.token)).text).items as { id: string; state: string }[];
  await until(async () => {
    const runs = await items('/v1/runs');
    return runs.length === 4 && runs.every(({ state }) => !['queued', 'running'].includes(state));
  });
  // The hostile one was looked at, and did answer with what it was shown.
  expect(lab.estate.calls().some(({ url: asked }) => asked.includes(ws0244))).toBe(true);
  expect(badSignIns).toBeLessThan(1);
  expect(vault.asked).toContain('GET /v1/kv/data/soc/vendor');

  // Mistakes of people: a secret where none belongs. Nothing of it is said again, or kept with the refusal.
  for (const [method, where, token] of [
    ['GET', '/v1/runs', secret],
    ['GET', '/v1/runs', `${ada.token}x`],
    ['POST', '/v1/people', bo.token],
    ['GET', '/v1/runs?cursor=x', ada.token],
    ['GET', '/nowhere', ada.token],
    ['DELETE', '/v1/alerts', ada.token],
  ] as const) {
    const answer = await call(method, where, token, method === 'POST' ? { name: 'x' } : undefined);
    expect(answer.status, where).toBeGreaterThanOrEqual(400);
    expect(found(answer.text + answer.headers), where).toEqual([]);
  }
  // Nobody has published it: the start says which trigger is open to tokens, and not what would close it.
  expect(said).toMatch(
    /"place":"hears\/heard".*RIPOSTE_WEBHOOKS names a trigger that no published playbook has/,
  );
  // A sender who puts its secret in the place of a signature.
  const forged = await fetch(`${url}/v1/webhooks/hears/heard`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
      'webhook-signature': `v1,${canaries['the secret of a webhook']}`,
    },
    body: '{}',
  });
  expect(forged.status).toBe(401);
  expect(found((await forged.text()) + [...forged.headers].join())).toEqual([]);
  await until(async () => (await items('/v1/audit/checkpoints')).length > 0);

  // The store, with the log, the jobs and everything that was asked.
  const stored = await tables();
  for (const [name, text] of stored) expect(found(text), name).toEqual([]);
  expect([...stored.values()].some((text) => text.includes('action.attempted'))).toBe(true);
  // The hostile host's name was kept, without what it repeated.
  expect([...stored.values()].some((text) => text.includes('[hidden]'))).toBe(true);
  if (monitor !== null) {
    expect(commands.some((words) => words.includes('attemptIds') || words.includes('att_'))).toBe(true);
    expect(found(commands.join('\n'))).toEqual([]);
  }

  // Whatever can be asked, by whoever may ask the most.
  const { rows } = await database.owner.query<{
    run: string;
    incident: string;
    alert: string;
    attempt: string;
    question: string;
  }>(
    `select r.id as run, r.incident_id as incident, r.alert_id as alert,
       (select id from attempts where run_id = r.id limit 1) as attempt, (select id from approvals limit 1) as question
     from runs r join attempts a on a.run_id = r.id and a.target_id = $1 limit 1`,
    [ws0244],
  );
  const [ids] = rows;
  if (ids === undefined) throw new Error('nothing was done to the hostile host');
  const idOf: { [place: string]: string } = {
    ...{ runs: ids.run, approvals: ids.question, incidents: ids.incident, alerts: ids.alert },
    ...{ actions: ids.attempt, playbooks: 'acts', a: ids.question, audit: '0' },
  };
  let answered = 0;
  const routes = [
    ...allRoutes
      .filter(({ method }) => method === 'get')
      .map((route) => route.path.replace(/\{[^{}]+\}/, '{}')),
    ...pages.filter(({ method }) => method === 'get').map((page) => page.path.replace(/:\w+/, '{}')),
  ];
  for (const route of routes) {
    const place = route.split('/')[route.startsWith('/v1/') ? 2 : 1] ?? '';
    const asked = route.replace('{}', idOf[place] ?? 'x');
    const byToken = await call('GET', asked, ada.token);
    const byPage = await fetch(url + asked, {
      headers: { cookie: ada.cookie, 'sec-fetch-site': 'same-origin' },
    });
    const text = (await byPage.text()) + [...byPage.headers].join();
    if (byToken.status === 200 || byPage.status === 200) answered += 1;
    // Her own form token is on her own pages, and it is no session.
    expect(found(byToken.text + byToken.headers + text), asked).toEqual([]);
  }
  expect(answered).toBeGreaterThan(40);

  const bundle = join(folder, 'bundle');
  await writeBundle({ url, token: () => ada.token }, { kind: 'incident', id: ids.incident }, bundle);
  const files = readdirSync(bundle, { recursive: true, encoding: 'utf8' })
    .map((name) => join(bundle, name))
    .filter((file) => statSync(file).isFile());
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) expect(found(readFileSync(file, 'latin1')), file).toEqual([]);

  if (redis.missing === null) {
    // Gone, which is complained about.
    await redis.stop();
    // An answer is shared for a second.
    await until(async () => (await call('GET', '/readyz', '')).status === 503);
    await until(async () => said.includes('a readiness check failed'));
  }
  expect(found(said)).toEqual([]);
  // The search finds what is there.
  expect(found(`x${secret}y ${Buffer.from(ada.token).toString('base64')}`)).toHaveLength(2);
}, 120_000);

it('a process that breaks down leaves no core file, whatever the machine allows', async () => {
  expect(processes).toHaveLength(2);
  for (const { child, ended } of processes) {
    const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max core file size\s+1\s+1\s/m);
    child.kill('SIGABRT');
    await ended;
    expect(child.signalCode).toBe('SIGABRT');
  }
  const left = readdirSync(folder).filter(
    (name) => name.startsWith('core') || name.endsWith('.heapsnapshot'),
  );
  expect(left).toEqual([]);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (name === 'audit-key' || !statSync(file).isFile()) continue;
    expect(found(readFileSync(file, 'latin1')), name).toEqual([]);
  }
});
