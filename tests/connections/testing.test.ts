import { describe, expect, test } from 'vitest';
import { askTest } from '../../engine/runtime/connections/ask-test.ts';
import { sayOwn, testDue } from '../../engine/runtime/connections/keep-connections.ts';
import { claimTests, settleTest } from '../../engine/runtime/store/queries/connections.ts';
import { labClient } from '../../examples/lab/scenario.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { openKeeping } from './open-keeping.ts';

const keeping = await openKeeping();
const ann = { actor: { kind: 'person', id: 'per_ann', channel: 'api' }, requestId: 'req_1' } as const;

const due = (id: string) =>
  keeping.db.owner.query(
    `update connections set test_due_at = clock_timestamp() - interval '1 second',
       tested_at = tested_at - interval '1 hour' where system || '.' || id = $1`,
    [id],
  );
const askable = () =>
  ({
    database: keeping.db.app,
    tenant: defaultTenant,
    mint: mintId,
    afterCommit: () => undefined,
  }) as unknown as Parameters<typeof askTest>[0];
const ask = (id: string, by: Parameters<typeof askTest>[1]['actor'] = ann.actor) =>
  askTest(askable(), { id, actor: by, requestId: 'req_1' });
const tested = () => keeping.entries('connection.tested');

describe('connections are tested before they are needed', () => {
  test('a worker that starts says what it has, without paths, and tests nothing for a minute', async () => {
    const worker = keeping.worker();
    await sayOwn(worker, 60_000);
    expect((await keeping.list()).map(({ id, health }) => `${id} ${health}`)).toEqual([
      'chat.lab unknown',
      'directory.lab unknown',
      'edr.lab unknown',
    ]);
    const { addresses } = await keeping.one('edr.lab');
    expect(addresses).toMatchObject({ mdeUrl: keeping.lab.url, loginUrl: keeping.lab.url });
    expect(JSON.stringify(addresses)).not.toContain('/mde');
    expect(await testDue(worker)).toBe(0);
    expect(keeping.lab.estate.callCount()).toBe(0);
  });

  test('saying it again each minute leaves the next test where it is', async () => {
    const before = await keeping.db.owner.query('select test_due_at from connections order by system');
    await sayOwn(keeping.worker());
    const after = await keeping.db.owner.query('select test_due_at from connections order by system');
    expect(after.rows).toEqual(before.rows);
  });

  test('one that is due is tested, is an entry once, and not again as long as nothing changes', async () => {
    const worker = keeping.worker();
    await due('edr.lab');
    expect(await testDue(worker)).toBe(1);
    expect(await keeping.one('edr.lab')).toMatchObject({ health: 'works', test: { state: 'works' } });
    expect(await tested()).toHaveLength(1);
    await due('edr.lab');
    expect(await testDue(worker)).toBe(1);
    expect(await tested()).toHaveLength(1);
    expect(await testDue(worker)).toBe(0);
  });

  test('a right that is lost is found within the hour and is an entry that names it', async () => {
    const clients = [{ ...labClient, mdeRoles: ['Machine.Read.All', 'Ti.ReadWrite'] }];
    keeping.lab.estate.changeScenario({ clients });
    await due('edr.lab');
    await testDue(keeping.worker());
    keeping.lab.estate.changeScenario({ clients: [labClient] });
    const { health, test: found } = await keeping.one('edr.lab');
    expect(health).toBe('limited');
    expect(found?.actions.find(({ action }) => action === 'edr.release-host')).toMatchObject({
      may: 'no',
      lacks: ['WindowsDefenderATP: Machine.Isolate'],
    });
    expect((await tested()).at(-1)).toContain('edr.isolate-host (WindowsDefenderATP: Machine.Isolate)');
  });

  test('a secret that has ended makes it failing; it stands nowhere', async () => {
    keeping.secret.value = 'an-ended-secret-0815';
    await due('directory.lab');
    await testDue(keeping.worker());
    keeping.secret.value = labClient.secret;
    expect(await keeping.one('directory.lab')).toMatchObject({
      health: 'failing',
      test: { state: 'failing', looks: [{ code: 'unauthorized' }] },
    });
    const last = (await tested()).at(-1);
    expect(JSON.parse(String(last))).toMatchObject({
      connection: 'lab',
      outcome: 'failure',
      data: { system: 'directory', state: 'failing', before: 'untested' },
    });
    const { rows } = await keeping.db.owner.query<{ all: string }>(
      'select coalesce(string_agg(c::text, chr(10)), $1) as all from connections c',
      [''],
    );
    const everything = `${rows[0]?.all}${await tested()}`;
    expect(everything).not.toMatch(/an-ended-secret-0815|lab-estate-secret|eyJ/);
  });

  test('one that has no way to ask is tested and stays unknown', async () => {
    await due('chat.lab');
    await testDue(keeping.worker());
    expect(await keeping.one('chat.lab')).toMatchObject({ health: 'unknown', test: { looks: [] } });
  });
});

describe('somebody asks for a test', () => {
  test('a worker does it at once, and both the word and the result are entries', async () => {
    await due('directory.lab');
    const asked = ask('directory.lab');
    const worker = keeping.worker();
    while ((await testDue(worker)) === 0);
    expect(await asked).toEqual({ ok: true, state: 'tested' });
    expect(await keeping.one('directory.lab')).toMatchObject({ health: 'works', waiting: false });
    expect((await keeping.entries('connection.test-requested')).at(-1)).toContain('per_ann');
    expect(JSON.parse(String((await tested()).at(-1)))).toMatchObject({
      actor: { kind: 'system', id: 'connections', channel: 'worker' },
      onBehalfOf: 'per_ann',
      requestId: 'req_1',
    });
  });

  test('so soon after another it is refused, and the refusal is an entry', async () => {
    expect(await ask('directory.lab')).toMatchObject({ ok: false, code: 'request/rate-limited' });
    expect((await keeping.entries('connection.test-refused')).at(-1)).toContain('request/rate-limited');
  });

  test.each(['edr', 'edr.none', '', 'none.lab', 'edr.lab.lab', 'edr.lab\u0000', "x' or true --.lab"])(
    'there is no %j',
    async (id) => {
      expect(await ask(id)).toMatchObject({ ok: false, code: 'request/not-found' });
    },
  );

  test('two who ask together get the answer of one test', async () => {
    await due('edr.lab');
    const calls = keeping.lab.estate.callCount();
    const both = [ask('edr.lab'), ask('edr.lab', { ...ann.actor, id: 'per_bo' })];
    while (
      (await keeping.entries('connection.test-requested')).filter((entry) => entry.includes('"edr"')).length <
      2
    );
    const workers = [keeping.worker(), keeping.worker()];
    expect((await Promise.all(workers.map((each) => testDue(each)))).sort()).toEqual([0, 1]);
    expect(await Promise.all(both)).toEqual([
      { ok: true, state: 'tested' },
      { ok: true, state: 'tested' },
    ]);
    expect(keeping.lab.estate.callCount() - calls).toBe(2);
  });

  test('during a pause nothing is sent, and whoever asks is told', async () => {
    await due('edr.lab');
    await keeping.db.owner.query(
      "update pauses set active = true, set_by = 'per_1', set_at = now(), reason = 'maintenance'",
    );
    expect(await ask('edr.lab')).toMatchObject({ ok: false, code: 'pause/active' });
    expect(await testDue(keeping.worker())).toBe(0);
    await keeping.db.owner.query('update pauses set active = false');
    expect(await testDue(keeping.worker())).toBe(1);
  });

  test('a worker that dies in the middle is followed by another, and its late word counts for nothing', async () => {
    await due('edr.lab');
    const own = [{ system: 'edr', id: 'lab' }];
    const dead = await keeping.db.app.transaction((tx) =>
      claimTests(tx, defaultTenant, own, { leaseMs: 90_000, atOnce: 4 }),
    );
    const worker = keeping.worker();
    expect(await testDue(worker)).toBe(0);
    await keeping.db.owner.query(
      `update connections set lease_until = clock_timestamp() - interval '1 second'`,
    );
    expect(await testDue(worker)).toBe(1);
    const late = dead[0];
    if (late === undefined) throw new Error('nothing was claimed');
    const word = { state: 'failing', looks: [], actions: [] } as const;
    expect(await keeping.db.app.transaction((tx) => settleTest(tx, defaultTenant, late, word, 1_000))).toBe(
      false,
    );
    expect((await keeping.one('edr.lab')).test?.state).toBe('works');
  });

  test('a worker that is told to stop breaks off, and writes down nothing of it', async () => {
    await due('edr.lab');
    const stop = new AbortController();
    keeping.lab.estate.addFault({ path: '/mde/**', does: { kind: 'delay', ms: 30_000 } });
    const seen = keeping.lab.estate.callCount();
    const testing = testDue(keeping.worker(), stop.signal);
    while (keeping.lab.estate.callCount() === seen) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error('stopping'));
    await testing;
    keeping.lab.estate.clearFaults();
    expect((await keeping.one('edr.lab')).test?.state).toBe('works');
    await keeping.db.owner.query('update connections set lease_until = null');
    expect(await testDue(keeping.worker())).toBe(1);
  });

  test('a worker that no longer answers leaves it unattended', async () => {
    await keeping.db.owner.query(
      `update connections set seen_at = clock_timestamp() - interval '6 minutes' where system = 'edr'`,
    );
    expect((await keeping.one('edr.lab')).health).toBe('unattended');
    await sayOwn(keeping.worker());
    expect((await keeping.one('edr.lab')).health).toBe('works');
  });
});
