import { afterAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { openAuditVerifier } from '../../api/process/open-audit.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { type Engine, openEngine, systemsOf } from '../../engine/runtime/open-engine.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, mintId, type TenantId } from '../../schemas/ids.ts';
import { seedGlass } from '../api/seed.ts';
import { seedArtifact } from '../api/seed-artifact.ts';
import { seedCases } from '../api/seed-cases.ts';
import { startApi } from '../api/start-api.ts';
import { sequencerOf } from '../audit/open-log.ts';
import {
  type Asked,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  questions,
  until,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { labConnections, openCorridor } from '../support/corridor.ts';
import { noSecret } from '../support/made-secrets.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';

/*
 * T24: somebody reads, or touches, what is of others by its id. Two tenants in one database, each with the real
 * use cases; the ids are known, which is the worst case. What is of another tenant is not told apart from what
 * never was.
 */

const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
const other = 'other' as TenantId;

/** The doors of one tenant, with an engine of its own behind them. */
async function openDoors(tenant: TenantId, engine: Engine) {
  const http = createHttp({});
  afterAll(() => http.close());
  const identity = openIdentity({ database: database.app, tenant, mint: mintId });
  const log = () => undefined;
  const streams = {
    database: database.app,
    tenant,
    mint: mintId,
    log,
    http,
    secret: noSecret,
    lines: createLines({}),
    host: 'riposte.example',
  };
  const verifier = openAuditVerifier(database.app, tenant, mintId);
  const api = await startApi({
    database: database.app,
    identity,
    read: openRead(database.app),
    tenant,
    useCases: bindUseCases(engine, manifestsOf(createRegistry()), verifier, streams),
  });
  const person = async (name: string, roles: Role[], groups: string[] = []) => {
    const made = await identity.createPerson(system, { name, email: null, roles, groups });
    if (!made.ok) throw new Error(made.detail);
    const carried = roles.filter((role) => role !== 'break-glass');
    const token = await identity.createToken(system, { personId: made.person.id, name, roles: carried });
    const link = await identity.createSignInLink(system, made.person.id);
    if (!token.ok || !link.ok) throw new Error('no way in');
    const used = await identity.consumeSignInLink(link.secret);
    if (!used.ok) throw new Error('the link was not taken');
    const headers = { cookie: `riposte=${used.session}`, 'sec-fetch-site': 'same-origin' };
    return { person: made.person, tokenId: token.token.id, token: token.secret, headers };
  };
  return { api, identity, person };
}

function otherEngine(): Engine {
  const registry = createRegistry();
  const http = createHttp({});
  const log = () => undefined;
  const engine = openEngine({
    ...{
      database: database.app,
      tenant: other,
      mint: mintId,
      log,
      courier: memoryQueue(),
      registry,
      http,
      ldap: ldapOut,
      imap: imapOut,
    },
    connections: labConnections('http://127.0.0.1:9', systemsOf(registry)),
    clock: { nowMs: Date.now },
    worker: 'other',
    publicUrl: 'http://riposte.example',
    leaseMarginMs: 10_000,
    executeWithinMs: 900_000,
    workerConcurrency: 1,
    onEntries: log,
  });
  afterAll(async () => {
    await engine.stop(1_000);
    await http.close();
  });
  return engine;
}

const corridor = await openCorridor({ playbooks: [] });
const { database } = corridor;
const mine = await openDoors(defaultTenant, corridor.engine);
const theirs = await openDoors(other, otherEngine());
afterAll(() => corridor.close());
const ann = await mine.person('Ann', ['admin', 'break-glass'], ['soc']);
const eve = await theirs.person('Eve', ['admin', 'break-glass'], ['soc']);

// Everything that has an id, as the engine makes it: a question that waits, one that was decided alone, an effect.
const hook = '  - id: hook\n    type: webhook\n    match: "false"\n';
const question = '    approval: { approvers: [group:soc], quorum: 3, editable: [scope] }\n';
await corridor.publish(
  madePlaybook('asks', `${lookStep}${isolateStep}${question}`)
    .replace('inputs:\n', `${hook}inputs:\n`)
    .replace('      by_hand: ${{ target.id }}\n', '      by_hand: ${{ target.id }}\n      hook: none\n'),
);
await corridor.publish(madePlaybook('does', `${lookStep}${isolateStep}    lease: 72h\n`));
await corridor.sendBody(hostAlert('does', 'does-1', ws0244));
await corridor.sendBody(hostAlert('asks', 'asks-1', ws0117));
await corridor.sendBody(hostAlert('asks', 'asks-2', ws0117));
await until(async () => (await questions(corridor, 'pending')).length === 2);
await corridor.rest();
const [asked, alone] = (await questions(corridor, 'pending')) as [Asked, Asked];
const one = async (statement: string, values: unknown[] = []): Promise<string> => {
  const { rows } = await database.owner.query<{ id: string }>(statement, values);
  if (rows[0] === undefined) throw new Error(`nothing for ${statement}`);
  return rows[0].id;
};
const alertId = await one('select alert_id as id from runs where id = $1', [asked.run_id]);
const incidentId = await one('select incident_id as id from runs where id = $1', [asked.run_id]);
const attemptId = await one('select id from attempts where run_id = $1 order by created_at limit 1', [
  asked.run_id,
]);
const recordId = await one(
  `select u.id from undo_records u join runs r on r.id = u.run_id where r.playbook_id = 'does'`,
);
await seedGlass(database.owner, alone.id, ann.person.id, 'Nobody of the others answers the phone');
const taskId = mintId('TaskId');
await database.owner.query(
  `insert into tasks (tenant_id, id, run_id, scope_path, step_path, number, action, class, system, digest, card, follows,
     can_ask, answer_before)
   values ('default', $1, $2, 'run', 'run/isolate', 1, 'edr.isolate-host', 'contain', 'edr', $3, $4, $5, true,
     clock_timestamp() + interval '1 day')`,
  [
    taskId,
    asked.run_id,
    `sha256:${'1'.repeat(64)}`,
    JSON.stringify({
      ...{ question: 'Did it happen?', why: 'no answer', stepName: 'Isolate', action: 'edr.isolate-host' },
      ...{
        actionVersion: '1.0.0',
        actionKey: 'key',
        connection: 'lab',
        target: null,
        arguments: [],
        handle: null,
      },
      byHand: null,
    }),
    JSON.stringify({ happened: '', didNotHappen: '', silence: '' }),
  ],
);
// Evidence is of what is signed.
await sequencerOf(database.sequencer).flush();
const [signalId, streamId] = ['sig_mine', 'siem-mine'];
await database.owner.query(
  `insert into signals (tenant_id, id, type, data, alert, state) values ('default', $1, 'webhook', '{}', '{}', 'matched')`,
  [signalId],
);
await database.owner.query(
  `insert into outward_streams (tenant_id, id, kind, url, types, secret_name, created_by)
   values ('default', $1, 'webhook', 'https://siem.example/hook', '{}', 'STREAM_SECRET_A', 'system')`,
  [streamId],
);
await seedCases(database.owner, 'asks');
const artifactId = await seedArtifact(database.owner);
await database.owner.query(
  `insert into connections (tenant_id, system, id, addresses, test_due_at)
   values ('default', 'edr', 'emea', '{}', clock_timestamp() + interval '1 hour')`,
);

interface Attempt {
  query?: string;
  id: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** It takes a session, so no token gets that far. */
  session?: true;
}

const reason = 'because it is known by its id';
const { digest } = asked;
/** Each route that names something by its id, with what it takes; the ids are of the default tenant. */
const attempts: { [route: string]: Attempt } = {
  'get /v1/actions/{id}': { id: attemptId },
  'get /v1/alerts/{id}': { id: alertId },
  'get /v1/alerts/{id}/trace': { id: alertId },
  'get /v1/approvals/{id}': { id: asked.id },
  'get /v1/approvals/{id}/evidence': { id: asked.id },
  'get /v1/incidents/{id}': { id: incidentId },
  'get /v1/incidents/{id}/story': { id: incidentId },
  'get /v1/incidents/{id}/targets': { id: incidentId },
  'get /v1/incidents/{id}/evidence': { id: incidentId },
  'get /v1/runs/{id}/evidence': { id: asked.run_id },
  'get /v1/playbooks/{id}': { id: 'asks' },
  'get /v1/playbooks/{id}/versions': { id: 'asks' },
  'get /v1/playbooks/{id}/versions/{version}': { id: 'asks' },
  'get /v1/playbooks/{id}/versions/{version}/source': { id: 'asks' },
  'get /v1/playbooks/{id}/versions/{version}/graph': { id: 'asks' },
  'get /v1/playbooks/{id}/versions/{version}/cases': { id: 'asks' },
  'get /v1/playbooks/{id}/versions/{version}/cases/source': { id: 'asks' },
  'post /v1/playbooks/{id}/versions/{version}/cases/play': { id: 'asks' },
  'get /v1/playbooks/{id}/diff': { id: 'asks', query: '?from=1&to=1' },
  'get /v1/runs/{id}': { id: asked.run_id },
  'get /v1/runs/{id}/steps': { id: asked.run_id },
  'get /v1/runs/{id}/scopes': { id: asked.run_id },
  'get /v1/runs/{id}/entries': { id: asked.run_id },
  'get /v1/runs/{id}/artifacts': { id: asked.run_id },
  'get /v1/artifacts/{id}': { id: artifactId },
  'get /v1/settings/connections/{id}': { id: 'edr.emea' },
  'post /v1/settings/connections/{id}/test': { id: 'edr.emea' },
  'get /v1/signals/{id}/trace': { id: signalId },
  'get /v1/tasks/{id}': { id: taskId },
  'get /v1/undo/{id}': { id: recordId },
  'patch /v1/incidents/{id}': {
    id: incidentId,
    body: { status: 'resolved' },
    headers: { 'if-match': '"1"' },
  },
  'post /v1/incidents/{id}/undo': { id: incidentId, body: { reason } },
  'post /v1/runs/{id}/cancel': { id: asked.run_id, body: { reason } },
  'post /v1/runs/{id}/undo': { id: asked.run_id, body: { reason } },
  'post /v1/runs/{id}/steps/{step}/restart': { id: asked.run_id, body: { reason } },
  'post /v1/leases/{id}/renew': { id: recordId, body: { for: '1h', reason } },
  // About another attempt than the one that is asked about: refused by whoever finds it.
  'post /v1/tasks/{id}/answers': { id: taskId, body: { answer: 'happened', proof: reason, digest } },
  'post /v1/holds/{id}/release': { id: recordId, body: { reason } },
  'post /v1/undo/{id}/retry': { id: recordId, body: { reason } },
  'post /v1/undo/{id}/accept': { id: recordId, body: { reason } },
  'post /v1/approvals/{id}/views': { id: asked.id },
  'post /v1/approvals/{id}/decisions': {
    id: asked.id,
    body: { decision: 'approve', digest, comment: reason },
  },
  'post /v1/approvals/{id}/withdraw': { id: asked.id, body: {} },
  'post /v1/approvals/{id}/edits': { id: asked.id, body: { arguments: { scope: 'selective' }, digest } },
  'post /v1/approvals/{id}/extend': { id: asked.id },
  'post /v1/approvals/{id}/break-glass': { id: asked.id, body: { digest, reason }, session: true },
  'post /v1/approvals/{id}/break-glass/review': {
    id: alone.id,
    body: { finding: 'justified', comment: reason },
  },
  'post /v1/playbooks/{id}/enable': { id: 'asks' },
  'post /v1/playbooks/{id}/disable': { id: 'asks' },
  'post /v1/playbooks/{id}/plan': { id: 'asks', body: { alertId: alertId } },
  'post /v1/playbooks/{id}/backtest': { id: 'asks', body: {} },
  'post /v1/webhooks/{playbook}/{trigger}': { id: 'asks', body: {} },
  'get /v1/people/{id}': { id: ann.person.id },
  'get /v1/people/{id}/account-events': { id: ann.person.id },
  'patch /v1/people/{id}': { id: ann.person.id, body: { active: false } },
  'post /v1/people/{id}/sign-in-links': { id: ann.person.id },
  'delete /v1/people/{id}/accounts': { id: ann.person.id },
  'delete /v1/tokens/{id}': { id: ann.tokenId },
  'delete /v1/settings/streams/{id}': { id: streamId },
  'post /v1/settings/streams/{id}/test': { id: streamId },
  'post /v1/settings/streams/{id}/pause': { id: streamId },
  'post /v1/settings/streams/{id}/resume': { id: streamId },
};

/** What stands in the address there is a place or a name that the caller gives, and nothing of somebody else's. */
const placesOnly = [
  'put /v1/playbooks/{id}/versions',
  ...allRoutes.flatMap(({ method, path }) =>
    path.startsWith('/v1/audit/log/') ? [`${method} ${path}`] : [],
  ),
];

const byId = allRoutes
  .filter(({ path }) => path.includes('{'))
  .map(({ method, path }) => `${method} ${path}`)
  .filter((route) => !placesOnly.includes(route));

function send(tenant: typeof mine, who: typeof ann, route: string, id?: string) {
  const [method = '', path = ''] = route.split(' ');
  const attempt = attempts[route];
  if (attempt === undefined) throw new Error(`no attempt for ${route}`);
  const address = path
    .replace(/\{(id|playbook)\}/, encodeURIComponent(id ?? attempt.id))
    .replace('{step}', 'isolate')
    .replace('{version}', '1')
    .replace('{trigger}', 'hook');
  return tenant.api.call(method.toUpperCase(), address + (attempt.query ?? ''), {
    ...(attempt.session === undefined && { token: who.token }),
    ...(attempt.body !== undefined && { body: attempt.body }),
    headers: { ...attempt.headers, ...(attempt.session !== undefined && who.headers) },
  });
}

/** Everything the default tenant has, as one text; entries that are still on their way into the log included. */
async function ofDefault(): Promise<string> {
  const { rows: tables } = await database.owner.query<{ name: string }>(
    `select c.table_name as name from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'riposte' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE'
       and c.table_name <> 'sessions' order by 1`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.owner.query<{ hash: string }>(
      `select md5(coalesce(string_agg(x::text, '' order by x::text), '')) as hash
       from ${name} x where x.tenant_id = 'default'`,
    );
    parts.push(`${name} ${rows[0]?.hash}`);
  }
  return parts.join('\n');
}

describe('of another tenant', () => {
  it('each route that names something by its id is tried here', () => {
    expect(Object.keys(attempts).toSorted()).toEqual(byId.toSorted());
  });

  it.each(byId.filter((route) => route.startsWith('get')))('%s: it is there for its own', async (route) => {
    expect((await send(mine, ann, route)).status).toBe(200);
  });

  it.each(byId)('%s: it is not told apart from what never was, and nothing of it moves', async (route) => {
    const before = await ofDefault();
    const known = await send(theirs, eve, route);
    const kind = attempts[route]?.id.split(/[_-]/)[0];
    const never = await send(theirs, eve, route, `${kind}_0197c0de-0000-7000-8000-000000000000`);
    expect([known.status, known.body?.code]).toEqual([404, 'request/not-found']);
    expect(never.status).toBe(404);
    const told = ({ body }: typeof known) => ({
      ...body,
      instance: null,
      requestId: null,
      detail: String(body.detail).replaceAll(/\b[a-z-]+_[\w-]+|asks|siem-mine/g, 'x'),
    });
    expect(told(known)).toEqual(told(never));
    expect(await ofDefault()).toBe(before);
  });

  it('no list holds anything of it', async () => {
    const ids = [...new Set(Object.values(attempts).map(({ id }) => id))];
    const lists = allRoutes.filter(
      ({ method, path, permission }) => method === 'get' && !path.includes('{') && permission !== 'public',
    );
    expect(lists.length).toBeGreaterThan(10);
    for (const { path } of lists) {
      const { body } = await theirs.api.call('GET', path, { token: eve.token });
      for (const id of ids) expect(JSON.stringify(body), `${path} and ${id}`).not.toContain(id);
    }
  });

  it('a list that is asked for one thing by its id, and several decisions at once, do not find it', async () => {
    for (const path of [
      `/v1/approvals?run=${asked.run_id}`,
      `/v1/runs?playbook=asks`,
      `/v1/leases?run=${asked.run_id}`,
      `/v1/audit/entries?run=${asked.run_id}`,
    ]) {
      const { status, body } = await theirs.api.call('GET', path, { token: eve.token });
      expect([status, body.items]).toEqual([200, []]);
    }
    const before = await ofDefault();
    const decisions = [{ id: asked.id, decision: 'approve', digest }];
    const { body } = await theirs.api.call('POST', '/v1/approvals/decisions', {
      token: eve.token,
      body: { decisions },
    });
    expect(body.items).toMatchObject([{ ok: false, code: 'request/not-found' }]);
    expect(await ofDefault()).toBe(before);
  });

  it('nobody looks on as one of its runs goes on', async () => {
    const look = (run: string) =>
      theirs.api.call('GET', `/v1/stream?topics=approvals,runs:${run}`, { token: eve.token });
    for (const run of [asked.run_id, 'run_0197c0de-0000-7000-8000-000000000000']) {
      const { status, body } = await look(run);
      expect([status, body.code, body.detail]).toEqual([404, 'request/not-found', undefined]);
    }
  });

  it('neither its tokens nor its sessions open a door here', async () => {
    expect((await theirs.api.call('GET', '/v1/runs', { token: ann.token })).status).toBe(401);
    expect((await theirs.api.call('GET', '/v1/runs', { headers: ann.headers })).status).toBe(401);
  });
});

describe('of somebody else in the same tenant', () => {
  it('a token is ended by its owner or by whoever manages tokens, and by nobody else', async () => {
    const [bo, cy] = [await mine.person('Bo', ['analyst']), await mine.person('Cy', ['analyst'])];
    const end = (who: string) => mine.api.call('DELETE', `/v1/tokens/${bo.tokenId}`, { token: who });
    expect((await end(cy.token)).status).toBe(404);
    const own = await mine.api.call('GET', '/v1/tokens', { token: cy.token });
    expect(own.body.items.map(({ id }: { id: string }) => id)).toEqual([cy.tokenId]);
    expect((await mine.api.call('GET', '/v1/runs', { token: bo.token })).status).toBe(200);
    expect((await end(ann.token)).status).toBe(204);
    expect((await mine.api.call('GET', '/v1/runs', { token: bo.token })).status).toBe(401);
  });

  it('values are masked for whoever may not read them, by each way to the same thing', async () => {
    const { token } = await mine.person('Vic', ['viewer']);
    const [step] = (await send(mine, ann, 'get /v1/runs/{id}/steps')).body.items;
    const values = [`"host_id":"${ws0117}"`, JSON.stringify(step.outputs)];
    for (const [path, shows] of [
      [`/v1/approvals/${asked.id}`, true],
      [`/v1/actions/${attemptId}`, true],
      [`/v1/runs/${asked.run_id}`, false],
      [`/v1/runs/${asked.run_id}/steps`, true],
    ] as const) {
      const whole = await mine.api.call('GET', path, { token: ann.token });
      const masked = await mine.api.call('GET', path, { token });
      expect([whole.status, masked.status]).toEqual([200, 200]);
      if (shows)
        expect(
          values.some((value) => JSON.stringify(whole.body).includes(value)),
          path,
        ).toBe(true);
      for (const value of values) expect(JSON.stringify(masked.body), path).not.toContain(value);
    }
    const entries = await mine.api.call('GET', `/v1/runs/${asked.run_id}/entries`, { token });
    expect([entries.status, entries.body.code]).toEqual([403, 'auth/forbidden']);
  });

  it('a question is decided by whom it asks, however well its id and digest are known, and the attempt is written', async () => {
    const { token, person } = await mine.person('Eva', ['approver'], ['finance']);
    const { status, body } = await mine.api.call('POST', `/v1/approvals/${asked.id}/decisions`, {
      token,
      body: { decision: 'deny', digest, comment: reason },
    });
    expect([status, body.code]).toEqual([403, 'approval/not-named']);
    const { rows } = await database.owner.query<{ entry: string }>(
      `select convert_from(entry, 'utf8') as entry from audit_pending order by id desc`,
    );
    expect(
      rows.map(({ entry }) => JSON.parse(entry)).find(({ actor }) => actor.id === person.id),
    ).toMatchObject({
      type: 'approval.refused',
      code: 'approval/not-named',
    });
  });
});

describe('of their own', () => {
  // After all others, as these do what the others could not; what ends something comes last.
  const changing = byId
    .filter((route) => !route.startsWith('get'))
    .toSorted((a, b) => Number(/delete|people/.test(a)) - Number(/delete|people/.test(b)));

  it.each(changing)('%s: the same request is about something that is there', async (route) => {
    const answer = await send(mine, ann, route);
    expect(answer.status, JSON.stringify(answer.body)).not.toBe(404);
    expect(answer.status).toBeLessThan(500);
  });
});

describe('guessing is seen', () => {
  const never = (kind: string) => `${kind}_0197c0de-0000-7000-8000-000000000000`;

  async function written(tenant: string, actorId: string) {
    const { rows } = await database.owner.query<{ entry: string }>(
      `select convert_from(entry, 'utf8') as entry from audit_pending
       where tenant_id = $1 order by enqueued_at, id`,
      [tenant],
    );
    return rows
      .map(({ entry }) => JSON.parse(entry))
      .filter(({ type, actor }) => type === 'auth.not-found' && actor.id === actorId);
  }

  it('the first try is an entry in the log of whose caller it is, before the answer', async () => {
    const guesser = await theirs.person('Gus', ['admin']);
    const got = await theirs.api.call('GET', `/v1/runs/${asked.run_id}`, { token: guesser.token });
    expect(got.status).toBe(404);
    expect(await written(other, guesser.person.id)).toMatchObject([
      {
        outcome: 'denied',
        code: 'request/not-found',
        data: { route: 'GET /v1/runs/{id}', id: asked.run_id, count: 1 },
      },
    ]);
    expect(await written('default', guesser.person.id)).toEqual([]);
  });

  it('two hundred tries are two entries and the number of them', async () => {
    const guesser = await mine.person('Max', ['admin']);
    for (let n = 0; n < 200; n++)
      await mine.api.call('GET', `/v1/approvals/apr_${n}`, { token: guesser.token });
    expect(await written('default', guesser.person.id)).toHaveLength(1);
    await mine.identity.settle();
    expect(await written('default', guesser.person.id)).toMatchObject([
      { data: { count: 1, id: 'apr_0' } },
      { data: { count: 199, id: 'apr_199', window_s: 60 } },
    ]);
    // The next minute begins with an entry again.
    await mine.api.call('GET', `/v1/runs/${never('run')}`, { token: guesser.token });
    expect(await written('default', guesser.person.id)).toHaveLength(3);
  });

  it('many at the same instant are counted, each of them', async () => {
    const guesser = await mine.person('Sim', ['admin']);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        mine.api.call('GET', `/v1/runs/${never('run')}`, { token: guesser.token }),
      ),
    );
    await mine.identity.settle();
    expect((await written('default', guesser.person.id)).map(({ data }) => data.count)).toEqual([1, 19]);
  });

  it('one does not hide another', async () => {
    const [one, two] = [await mine.person('One', ['admin']), await mine.person('Two', ['admin'])];
    for (const who of [one, one, two])
      await mine.api.call('GET', `/v1/tasks/${never('tsk')}`, { token: who.token });
    for (const who of [one, two]) expect(await written('default', who.person.id)).toHaveLength(1);
  });

  it('ids of a list are noted as well, and what only looks like one is text of a hundred characters', async () => {
    const guesser = await mine.person('Lil', ['admin']);
    const decisions = ['apr_a', 'apr_b'].map((id) => ({ id, decision: 'deny', digest, comment: reason }));
    await mine.api.call('POST', '/v1/approvals/decisions', { token: guesser.token, body: { decisions } });
    await mine.identity.settle();
    expect(await written('default', guesser.person.id)).toMatchObject([
      { data: { route: 'POST /v1/approvals/decisions', id: 'apr_a', count: 1 } },
      { data: { id: 'apr_b', count: 1 } },
    ]);
    const odd = await mine.person('Odd', ['admin']);
    await mine.api.call('GET', `/v1/runs/${encodeURIComponent(`<b>${'x'.repeat(150)}`)}`, {
      token: odd.token,
    });
    for (const { data } of await written('default', odd.person.id))
      expect(data.id.length).toBeLessThanOrEqual(100);
  });

  it('what is there leaves nothing', async () => {
    const reader = await mine.person('Rea', ['admin']);
    expect((await mine.api.call('GET', `/v1/runs/${asked.run_id}`, { token: reader.token })).status).toBe(
      200,
    );
    await mine.identity.settle();
    expect(await written('default', reader.person.id)).toEqual([]);
  });
});
