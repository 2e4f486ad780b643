import { expect, it } from 'vitest';
import { letGoAll } from '../retention/let-go-all.ts';
import { addDecision, addIncident, addOldApproval, addStory } from '../retention/old-rows.ts';
import { insertRow } from '../support/corridor-rows.ts';
import { startApi } from './start-api.ts';

/* What retention did and did not, over HTTP. */

const api = await startApi();
const { owner, app } = api.db;
const { token } = await api.person('vic', ['viewer']);
const tenant_id = 'default';
const read = (path: string, as = token) => api.call('GET', path, { token: as });

it('says that nothing goes while nothing is set', async () => {
  expect((await api.call('GET', '/v1/settings/retention')).status).toBe(401);
  expect((await read('/v1/settings/retention')).body).toEqual({
    days: null,
    rememberedDays: null,
    textDays: null,
    lastRound: null,
    removedAt: null,
    oldestAlertAt: null,
    oldestRunAt: null,
  });
});

it('says what went, and why something older stays', async () => {
  await addStory(owner);
  const kept = await addStory(owner);
  const hold = { effect: 'network-isolated', target_kind: 'host', target_id: 'h1', step_path: 'run/isolate' };
  await insertRow(owner, 'holds', { tenant_id, run_id: kept.runId, ...hold, state: 'held' });
  await owner.query('update retention set days = 31');
  await letGoAll(app);
  const { status, body } = await read('/v1/settings/retention');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    days: 31,
    rememberedDays: 400,
    lastRound: {
      removed: { incidents: 0, alerts: 1, runs: 1, signals: 0 },
      kept: [{ reason: 'contained', says: 'have something contained', count: 1 }],
    },
    oldestAlertAt: expect.any(String),
    oldestRunAt: expect.any(String),
  });
});

it('tells what went from what never was', async () => {
  const incident_id = await addIncident(owner);
  const { alertId, runId } = await addStory(owner, { incident_id }, { incident_id });
  await insertRow(owner, 'audit_log', {
    ...{
      tenant_id,
      log_id: 'log',
      idx: 0,
      entry: Buffer.from('{}'),
      leaf: Buffer.alloc(32),
      entry_id: 'ent_1',
    },
    ...{ run_id: runId, type: 'run.started', at: new Date() },
  });
  const places = [`/v1/alerts/${alertId}`, `/v1/runs/${runId}`, `/v1/incidents/${incident_id}`];
  for (const path of places) expect((await read(path)).status, path).toBe(200);
  await letGoAll(app);
  for (const path of places)
    expect(await read(path), path).toMatchObject({ status: 410, body: { code: 'request/gone' } });
  for (const kind of ['alerts', 'runs', 'incidents'])
    expect((await read(`/v1/${kind}/never-there`)).status).toBe(404);
  for (const kind of ['alerts', 'runs', 'incidents', 'approvals', 'actions', 'holds'])
    expect((await read(`/v1/${kind}`)).status).toBe(200);
});

it('shows what was signed for a question that went, to auditors', async () => {
  const { runId } = await addStory(owner);
  const card = JSON.stringify({ question: 'x', targets: [], arguments: [], evidence: [], editable: [] });
  const approval = await addOldApproval(owner, runId, { card });
  const { decision, person } = await addDecision(owner, approval);
  const passkey = { credential_id: Buffer.from('c'), name: 'key', public_key: Buffer.from('k'), counter: 0 };
  await insertRow(owner, 'passkeys', {
    tenant_id,
    id: 'pky_1',
    person_id: person,
    ...passkey,
    syncable: false,
    synced: false,
  });
  const signature = {
    nonce: 'n',
    credentialId: 'c',
    publicKey: 'k',
    authenticatorData: 'a',
    clientDataJSON: 'd',
    signature: 's',
  };
  const evidence = Buffer.from(JSON.stringify({ v: 1, digest: 'x', ...signature }));
  await insertRow(owner, 'decision_evidence', {
    tenant_id,
    decision_id: decision,
    passkey_id: 'pky_1',
    evidence,
  });
  const auditor = (await api.person('aud', ['auditor'])).token;
  const path = `/v1/approvals/${approval}/evidence`;
  const before = await read(path, auditor);
  expect(before).toMatchObject({ status: 200, body: { run: runId, items: [{ passkeyId: 'pky_1' }] } });
  await letGoAll(app);
  expect((await read(path, auditor)).body).toEqual(before.body);
  expect((await read(path)).status).toBe(403);
});
