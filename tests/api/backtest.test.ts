import { beforeAll, describe, expect, it } from 'vitest';
import { createReadingLedger } from '../../engine/runtime/note-reading.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { openMatching, ownAlert, waitingPlaybook } from '../match/open-matching.ts';
import { useCasesOf } from '../support/corridor-doors.ts';
import { startApi } from './start-api.ts';

/* Plan and backtest over HTTP, with a real engine and its store behind them. */

const at = await openMatching();
const { app, owner } = at.database;
const useCases = useCasesOf(at as never);
const api = await startApi(
  { useCases, noteReading: createReadingLedger(app, defaultTenant, mintId) },
  undefined,
  at.database,
);

const published = waitingPlaybook(
  'tried',
  `dedupe: { key: '\${{ inputs.host_id }}', window: 1h, on_duplicate: skip }`,
);
const candidate = published
  .replace('alert.category == "tried"', 'alert.severity == "high"')
  .replace('version: 1.0.0', 'version: 1.1.0');

let token = '';
let analyst = '';
const alerts: string[] = [];

beforeAll(async () => {
  await at.publish(published);
  for (const [place, category] of ['tried', 'tried', 'other'].entries())
    alerts.push(
      await at.raise(`a-${place}`, { category, targets: { hosts: [{ id: `H${place}`, name: 'h' }] } }),
    );
  token = (await api.person('mara', ['author'])).token;
  analyst = (await api.person('ana', ['analyst'])).token;
});

const plan = (body: object, by = token, id = 'tried') =>
  api.call('POST', `/v1/playbooks/${id}/plan`, { token: by, body });
const backtest = (body: object, by = token, id = 'tried') =>
  api.call('POST', `/v1/playbooks/${id}/backtest`, { token: by, body });

/** Everything that a look must not change. */
async function stored(): Promise<unknown> {
  const tables = [
    'runs',
    'alerts',
    'decision_traces',
    'outbox',
    'attempts',
    'approvals',
    'playbook_versions',
    'signals',
  ];
  const { rows } = await owner.query(
    `select ${tables.map((table) => `(select count(*) from ${table}) as ${table}`).join(', ')}`,
  );
  return rows;
}

describe('a plan', () => {
  it('says what the version in force would do about an alert of the store, and changes nothing', async () => {
    const before = await stored();
    const { status, body } = await plan({ alertId: alerts[0] }, analyst);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemaVersion: 1,
      playbook: { id: 'tried', version: '1.0.0' },
      triggers: [{ triggerId: 'on_alert', outcome: 'starts', starts: 1 }],
      runs: [{ element: 'H0', steps: [{ path: 'run/look', reached: 'yes', ask: { asks: 'yes' } }] }],
    });
    expect((await plan({ alertId: alerts[2] })).body).toMatchObject({
      triggers: [{ outcome: 'not-matched' }],
      runs: [],
    });
    expect(await stored()).toEqual(before);
  });

  it('takes an alert as its source sends it, and a text that is not published', async () => {
    const given = ownAlert('new', { category: 'other', raw: null });
    expect((await plan({ alert: given })).body.runs).toEqual([]);
    const { body } = await plan({ alert: given, source: candidate });
    expect(body).toMatchObject({ playbook: { version: '1.1.0' }, runs: [{ element: 'H1' }] });
  });

  it('refuses what it cannot plan, and says why', async () => {
    const refused = async (asked: ReturnType<typeof plan>) => {
      const { status, body } = await asked;
      return [status, body.code, body.errors?.[0]?.pointer];
    };
    expect(await refused(plan({}))).toEqual([400, 'request/invalid', undefined]);
    expect(await refused(plan({ alertId: 'alr_none' }))).toEqual([404, 'request/not-found', undefined]);
    expect(await refused(plan({ alertId: alerts[0] }, token, 'nothing'))).toEqual([
      404,
      'request/not-found',
      undefined,
    ]);
    expect(await refused(plan({ alert: { severity: 'high' } }))).toEqual([
      400,
      'request/invalid',
      expect.stringMatching(/^\/alert/),
    ]);
    const broken = await plan({
      alertId: alerts[0],
      source: candidate.replace('alert.severity ==', 'alert.nothing =='),
    });
    expect(broken.status).toBe(400);
    expect(broken.body.errors[0]).toMatchObject({ line: expect.any(Number) });
    expect(await refused(plan({ alertId: alerts[0], source: published }, token, 'other'))).toEqual([
      409,
      'request/conflict',
      undefined,
    ]);
  });

  it('shows values to nobody who may not read them, and compiles for nobody who may not check', async () => {
    const { token: viewer } = await api.person('vic', ['viewer']);
    expect(await plan({ alertId: alerts[0] }, viewer)).toMatchObject({
      status: 403,
      body: { code: 'auth/forbidden' },
    });
    expect(await plan({ alertId: alerts[0], source: candidate }, analyst)).toMatchObject({ status: 403 });
  });
});

describe('a backtest', () => {
  it('sets a candidate beside the version in force, changes nothing, and leaves one entry an hour', async () => {
    const before = await stored();
    const { status, body } = await backtest({ source: candidate });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      playbook: 'tried',
      read: 3,
      of: 3,
      ofMore: false,
      truncated: null,
      inForce: { matched: 2, starts: 2, questions: { expected: 2, atMost: 2 } },
      candidate: { version: '1.1.0', matched: 3, starts: 3 },
      compared: { newly: 1, noLonger: 0, changed: 0, same: 2, examples: [{ is: 'newly', inForce: null }] },
    });
    expect(body.matches.map(({ alert }: { alert: string }) => alert)).toEqual(alerts);
    await backtest({});
    expect(await stored()).toEqual(before);
    const entries = (await api.entries()).filter(({ type }) => type === 'playbook.backtested');
    expect(entries).toHaveLength(1);
    expect(entries[0]?.entry).toMatchObject({ data: { first: 'backtestPlaybook tried' } });
  });

  it('reads the newest of a time, and says what it left out', async () => {
    const { body } = await backtest({ limit: 2 });
    expect(body).toMatchObject({
      read: 2,
      of: 3,
      truncated: 'limit',
      inForce: { matched: 1 },
      candidate: null,
    });
    const none = await backtest({ since: '2020-01-01T00:00:00Z', until: '2020-02-01T00:00:00Z' });
    expect(none.body).toMatchObject({ read: 0, readFrom: null, of: 0, truncated: null });
    expect((await backtest({ since: '2020-02-01T00:00:00Z', until: '2020-01-01T00:00:00Z' })).status).toBe(
      400,
    );
  });

  it('knows a playbook that is not published yet, and none that is nowhere', async () => {
    const fresh = candidate.replace('id: tried', 'id: fresh');
    expect((await backtest({ source: fresh }, token, 'fresh')).body).toMatchObject({
      inForce: null,
      compared: null,
      candidate: { matched: 3 },
    });
    expect(await backtest({}, token, 'fresh')).toMatchObject({
      status: 404,
      body: { code: 'request/not-found' },
    });
    expect((await backtest({}, analyst)).status).toBe(403);
  });

  it('counts alerts whose source has said something else since', async () => {
    const earlier = (column: string) => `${column} = ${column} - interval '1 minute'`;
    await owner.query(`update alerts set ${earlier('received_at')}, ${earlier('updated_at')}`);
    await at.accept(ownAlert('a-2', { category: 'tried', targets: { hosts: [{ id: 'H2', name: 'h' }] } }));
    expect((await backtest({})).body).toMatchObject({ changedSince: 1, inForce: { matched: 3 } });
  });

  it('goes on for one at a time of each person', async () => {
    let first: ReturnType<typeof backtest> | undefined;
    await owner.transaction(async (tx) => {
      await tx.query('lock table alerts in access exclusive mode');
      first = backtest({});
      const waits = `select 1 from pg_locks where relation = 'alerts'::regclass and not granted`;
      while ((await tx.query(waits)).rows.length === 0);
      expect(await backtest({})).toMatchObject({ status: 409, body: { code: 'request/in-progress' } });
    });
    expect((await first)?.status).toBe(200);
    expect((await backtest({})).status).toBe(200);
  });
});
