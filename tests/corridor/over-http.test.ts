import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { createApp } from '../../api/http/create-app.ts';
import { createLimiter } from '../../api/http/limits.ts';
import { createReadiness } from '../../api/http/readiness.ts';
import { type Riposte, wire } from '../../api/process/wire.ts';
import { systemsOf } from '../../engine/runtime/open-engine.ts';
import { createLive } from '../../engine/runtime/outward/tell-live.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { labConnections } from '../support/corridor.ts';
import { useDatabase } from '../support/database.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { db1, hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from './questions.ts';

/* The whole process as it is wired, queues in PostgreSQL, every answer held against the document. */

const database = await useDatabase();
const root = join(import.meta.dirname, '../..');
let lab: Lab;
let riposte: Riposte;
let url: string;
let closeServer: () => Promise<unknown>;

beforeAll(async () => {
  lab = await startLab();
  riposte = await wire({
    databaseUrl: database.url,
    queue: null,
    roles: ['api', 'engine', 'worker', 'sequencer'],
    auditKeyFile: join(await temporaryFolder(), 'audit-key'),
    publicUrl: 'http://127.0.0.1:7878',
    leaseMs: 60_000,
    logLevel: 'silent',
    secrets: madeSecrets(),
    connections: () => labConnections(lab.url, systemsOf(createRegistry())),
    allowedAddresses: [lab.url],
  });
  const { useCases, read, identity, log } = riposte;
  const app = createApp({
    useCases,
    read,
    live: createLive({ database: riposte.database, tenant: defaultTenant, log: () => undefined }),
    readiness: createReadiness({ read, log }),
    noteReading: async () => undefined,
    limiter: createLimiter(),
    identity,
    log,
    database: riposte.database,
    tenant: defaultTenant,
    publicUrl: 'http://127.0.0.1:7878',
    secureCookies: false,
    validateAnswers: true,
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closeServer = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  await riposte.start(['api', 'engine', 'worker', 'sequencer']);
});

afterAll(async () => {
  await closeServer();
  await riposte.stop(3_000);
  await lab.close();
  await database.drop();
});

interface Answer {
  status: number;
  headers: Headers;
  body: { [name: string]: unknown };
}

async function call(method: string, path: string, token: string, body?: unknown, more = {}): Promise<Answer> {
  const text = typeof body === 'string';
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': text ? 'application/yaml' : 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: text ? (body as string) : JSON.stringify(body) }),
  });
  const answered = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answered === '' ? {} : (JSON.parse(answered) as Answer['body']),
  };
}

const by = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

async function token(
  name: string,
  roles: Parameters<Riposte['identity']['createPerson']>[1]['roles'],
  groups: string[],
) {
  const created = await riposte.identity.createPerson(by, {
    name,
    email: `${name}@example.test`,
    roles,
    groups,
  });
  if (!created.ok) throw new Error(created.detail);
  const made = await riposte.identity.createToken(by, { personId: created.person.id, name, roles });
  if (!made.ok) throw new Error(made.detail);
  return made.secret;
}

async function views(): Promise<number> {
  const { rows } = await database.owner.query<{ n: number }>(
    `select count(*)::int as n from (select entry from audit_log union all select entry from audit_pending) as all_of_it
     where convert_from(entry, 'utf8') like '%"type":"approval.viewed"%'`,
  );
  return rows[0]?.n ?? 0;
}

const itemsOf = (answer: Answer) => answer.body.items as { [name: string]: string }[];

it('an alert comes in, a person decides what they saw, and the host is isolated', async () => {
  const olga = await token('olga', ['operator'], []);
  const bo = await token('bo', ['approver'], ['soc-tier2']);
  const cy = await token('cy', ['approver'], ['soc-tier2']);
  const eve = await token('eve', ['approver'], ['soc-mail']);
  const made = await riposte.identity.createToken(by, { personId: null, name: 'siem', roles: ['operator'] });
  if (!made.ok) throw new Error(made.detail);
  const siem = made.secret;

  const source = readFileSync(join(root, 'playbooks/ransomware/isolate-host.yaml'), 'utf8');
  const published = await call('PUT', '/v1/playbooks/ransomware-isolate-host/versions', olga, source);
  expect([200, 201]).toContain(published.status);

  const alert = JSON.parse(
    readFileSync(join(root, 'examples/alerts/02-ransomware-on-hospital-database.json'), 'utf8'),
  );
  expect((await call('POST', '/v1/alerts?source=defender', 'nobody', alert)).status).toBe(401);
  const sent = await call('POST', '/v1/alerts?source=defender', siem, alert);
  expect(sent).toMatchObject({ status: 202, body: { duplicate: false } });
  expect(await call('POST', '/v1/alerts?source=defender', siem, alert)).toMatchObject({
    status: 202,
    body: { id: sent.body.id, duplicate: true },
  });

  let id = '';
  await until(async () => {
    id = itemsOf(await call('GET', '/v1/approvals?status=pending', bo))[0]?.id ?? '';
    return id !== '';
  });
  const card = await call('GET', `/v1/approvals/${id}`, bo);
  const etag = card.headers.get('etag') ?? '';
  expect(card.status).toBe(200);
  expect(etag).toBe(`"${card.body.digest}"`);
  expect(JSON.stringify(card.body)).toContain('db-1');

  const path = `/v1/approvals/${id}/decisions`;
  const yes = { decision: 'approve', comment: 'seen' };
  expect(await call('POST', path, bo, yes)).toMatchObject({
    status: 428,
    body: { code: 'approval/precondition-required' },
  });
  const other = { 'if-match': `"sha256:${'0'.repeat(64)}"` };
  expect(await call('POST', path, bo, yes, other)).toMatchObject({
    status: 412,
    body: { code: 'approval/digest-mismatch' },
  });
  const seen = { 'if-match': etag };
  expect(await call('POST', path, eve, yes, seen)).toMatchObject({
    status: 403,
    body: { code: 'approval/not-named' },
  });
  expect(await call('POST', path, siem, yes, seen)).toMatchObject({
    status: 403,
    body: { code: 'approval/needs-person' },
  });
  expect(lab.estate.effect('network-isolated', `host:${db1}`).orders).toBe(0);

  expect(await call('POST', path, bo, yes, seen)).toMatchObject({
    status: 200,
    body: { state: 'granted', repeated: false, votes: 1, quorum: 1 },
  });
  expect(await call('POST', path, bo, yes, seen)).toMatchObject({ status: 200, body: { repeated: true } });
  expect(await call('POST', path, cy, { decision: 'deny', comment: 'no' }, seen)).toMatchObject({
    status: 409,
    body: { code: 'approval/already-decided' },
  });

  const runs = async () => itemsOf(await call('GET', '/v1/runs', olga));
  // Done what there was to do; now it waits for the incident's verdict.
  await until(async () => lab.estate.effect('network-isolated', `host:${db1}`).applied === 1);
  await until(async () => (await runs())[0]?.state === 'waiting');
  expect(await runs()).toHaveLength(1);
  expect(lab.estate.host('db-1')).toMatchObject({
    effects: { 'network-isolated': { applied: 1, duplicates: 0 } },
  });

  const trace = await call('GET', `/v1/alerts/${sent.body.id}/trace`, olga);
  expect(itemsOf(trace)).toMatchObject([{ outcome: 'started', runId: (await runs())[0]?.id }]);
  const verify = () => call('POST', '/v1/audit/verify', olga);
  await until(async () => Number((await verify()).body.size) > 10);
  expect((await verify()).body).toMatchObject({ ok: true, problems: [] });
});

it('one question is changed and given time, and several are decided in one call', async () => {
  const kim = await token('kim', ['operator'], []);
  const dan = await token('dan', ['approver'], ['soc']);
  const approval = '    approval: { approvers: [group:soc], editable: [scope] }\n';
  const source = madePlaybook('changed', `${isolateStep}${approval}`);
  expect((await call('PUT', '/v1/playbooks/changed/versions', kim, source)).status).toBe(200);
  for (const host of [ws0117, ws0244])
    await call('POST', '/v1/alerts?source=made', kim, hostAlert('changed', `changed-${host}`, host));
  const open = async () => itemsOf(await call('GET', '/v1/approvals?status=pending&playbook=changed', dan));
  await until(async () => (await open()).length === 2);

  const targetOf = (item: object) => JSON.stringify(item).includes(ws0117);
  const asked = (await open()).find(targetOf);
  const path = `/v1/approvals/${asked?.id}`;
  for (let n = 0; n < 3; n++) expect((await call('POST', `${path}/views`, dan)).status).toBe(204);
  expect(await views()).toBe(1);
  expect(await call('POST', `${path}/extend`, dan)).toMatchObject({ status: 200 });
  await call('POST', `${path}/views`, dan);
  await call('POST', `${path}/views`, kim);
  expect(await views()).toBe(3);
  expect(await call('POST', `${path}/extend`, dan)).toMatchObject({
    status: 409,
    body: { code: 'approval/already-extended' },
  });
  const narrower = { arguments: { scope: 'selective' } };
  const seen = { 'if-match': `"${asked?.digest}"` };
  expect(await call('POST', `${path}/edits`, kim, narrower, seen)).toMatchObject({ status: 403 });
  expect(await call('POST', `${path}/edits`, dan, { arguments: { host_id: db1 } }, seen)).toMatchObject({
    status: 422,
    body: { code: 'approval/not-editable' },
  });
  const edited = await call('POST', `${path}/edits`, dan, narrower, seen);
  expect(edited).toMatchObject({ status: 200, body: { id: asked?.id, state: 'superseded' } });
  expect(await call('POST', `${path}/edits`, dan, narrower, seen)).toMatchObject({ status: 409 });

  const waiting = await open();
  expect(waiting.find(targetOf)).toMatchObject(edited.body.next as object);
  const decisions = [asked, ...waiting].map((item) => ({
    id: item?.id,
    digest: item?.digest,
    decision: 'approve',
  }));
  const decided = await call('POST', '/v1/approvals/decisions', dan, { decisions });
  expect(decided.status).toBe(200);
  expect(decided.body.items).toMatchObject([
    { ok: false, id: asked?.id, status: 409, code: 'approval/already-decided' },
    { ok: true, state: 'granted' },
    { ok: true, state: 'granted' },
  ]);
  for (const host of [ws0117, ws0244])
    await until(async () => lab.estate.effect('network-isolated', `host:${host}`).applied === 1);
  expect(lab.estate.host(ws0117).isolation).toBe('Selective');
  expect(lab.estate.host(ws0244).isolation).toBe('Full');
});
