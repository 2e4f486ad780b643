import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freePort } from '../../engine/runtime/store/embedded/pick-port.ts';
import { crowdHostId, crowdUserId } from '../../examples/lab/seed/grow-crowd.ts';
import type { Json } from '../../schemas/json.ts';
import { useBackends } from './backends.ts';
import { readSealedLog } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';
import { prepareStorm, stormAlert, stormPlaybooks } from './storm-scene.ts';

/*
 * More alerts at once than the machine can answer, over HTTP, a fifth of them sent twice, on five playbooks
 * under one limit. Nothing is lost and nothing is done twice; and whoever has to stop something, decide or
 * take something back in the middle of it does not stand at the end of the queue. That is asserted by the
 * order of the log's entries and never by a clock.
 */

/** Alerts sent, the repeated ones included; 20,000 to hunt. */
const storm = Number(process.env.STORM ?? 2_000);
const distinct = Math.floor((storm * 4) / 5 / stormPlaybooks.length) * stormPlaybooks.length;
const each = distinct / stormPlaybooks.length;
/** `storm-scan` hears of each of its hosts four times. */
const scanned = Math.ceil(each / 4);
const limit = 40;
const sendersAtOnce = 32;

it(
  `a storm of ${storm} alerts loses nothing, and people are answered before it is over`,
  async () => {
    const [backend] = await useBackends();
    if (backend === undefined) throw new Error('no backend');
    const seed = pickSeed();
    console.info(`storm: FAULT_SEED=${seed}`);
    const random = randomInstants(seed);
    const scene = await openScene(backend, { hosts: 2 * each, users: each + 2 });
    const tokens = await prepareStorm(scene, limit);
    const port = (await freePort(0)) ?? 0;
    const url = `http://127.0.0.1:${port}`;
    await scene.start({ name: 'api', roles: ['api'], port }).ready();
    await scene.start({ name: 'engine' }).ready();

    const call = async (path: string, token: string, body: Json, more = {}) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more };
      const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: answer.status, text: await answer.text() };
    };
    let taken = 0;
    const sendAll = async (alerts: Json[]) => {
      const lane = async () => {
        for (let body = alerts.shift(); body !== undefined; body = alerts.shift()) {
          let answer = await call('/v1/alerts', tokens.sender, body);
          // "Too much at once" is an honest answer: the sender keeps the alert and comes again.
          for (; answer.status === 429 || answer.status === 503; await sleep(50))
            answer = await call('/v1/alerts', tokens.sender, body);
          if (answer.status >= 300) throw new Error(`refused: ${answer.status} ${answer.text}`);
          taken += 1;
        }
      };
      await Promise.all(Array.from({ length: sendersAtOnce }, lane));
    };

    // Before the storm: something that can be taken back, and something that is asked.
    await sendAll([stormAlert('before-the-storm', 0, each), stormAlert('asked-before', 0, each + 1)]);
    const runOf = async (playbook: string, state: string) => {
      const { rows } = await scene.database.app.query<{ id: string }>(
        'select id from runs where playbook_id = $1 and state = $2',
        [playbook, state],
      );
      return rows[0]?.id ?? null;
    };
    await scene.until('the two before the storm rest', async () => {
      return (
        (await runOf('before-the-storm', 'succeeded')) !== null &&
        (await runOf('asked-before', 'waiting')) !== null
      );
    });
    const toUndo = (await runOf('before-the-storm', 'succeeded')) ?? '';
    const asked = (await runOf('asked-before', 'waiting')) ?? '';
    const { rows: questions } = await scene.database.app.query<{ id: string; digest: string }>(
      `select id, digest from approvals where run_id = $1 and state = 'pending'`,
      [asked],
    );

    const alerts = stormPlaybooks.flatMap((id) =>
      Array.from({ length: each }, (_, n) => stormAlert(id, n, placeOf(id, n))),
    );
    const repeated = alerts.filter((_, place) => place % 4 === 0).slice(0, storm - distinct);
    taken = 0;
    const mixed = [...alerts, ...repeated]
      .map((body) => ({ body, rank: random() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ body }) => body);
    const sending = sendAll(mixed);

    await scene.until('a quarter of the storm has come in', () => taken >= mixed.length / 4);
    const stop: Json = { scope: 'playbook', subject: 'storm-theft', reason: 'These are false' };
    const [stopped, decided, takenBack] = await Promise.all([
      call('/v1/stops', tokens.olga, stop),
      call(
        `/v1/approvals/${questions[0]?.id}/decisions`,
        tokens.bo,
        { decision: 'approve', comment: 'seen' },
        {
          'if-match': `"${questions[0]?.digest}"`,
        },
      ),
      call(`/v1/runs/${toUndo}/undo`, tokens.olga, { reason: 'It was nothing' }),
    ]);
    expect(stopped, stopped.text).toMatchObject({ status: 200 });
    expect(decided, decided.text).toMatchObject({ status: 200 });
    expect(takenBack, takenBack.text).toMatchObject({ status: 202 });
    const thefts = () =>
      scene.count(
        `select count(*) from attempts a join runs r on r.tenant_id = a.tenant_id and r.id = a.run_id
       where r.playbook_id = 'storm-theft' and a.purpose = 'perform' and a.claimed_at is not null`,
      );
    const underWay = await thefts();
    await sending;
    const waiting = `select count(*) from alerts where state = 'accepted'`;
    await scene.until('every alert is matched', async () => (await scene.count(waiting)) === 0);
    const byState = (state: string, playbooks: readonly string[]) =>
      scene.count('select count(*) from runs where state = $1 and playbook_id = any($2)', [state, playbooks]);
    const limited = ['storm-worm', 'storm-wiper'];
    await scene.until('everything that may end has ended', async () => {
      const others = await byState('succeeded', ['storm-scan', 'storm-look', 'asked-before']);
      const held = await byState('waiting', limited);
      return (
        others === scanned + each + 1 &&
        held === 2 * each - limit &&
        (await byState('succeeded', limited)) === limit
      );
    });
    expect(await thefts(), 'no account was touched after the stop had returned').toBe(underWay);
    expect(underWay).toBeLessThan(each);
    const lift = { ...stop, generation: 1 };
    expect((await call('/v1/stops/clear', tokens.olga, lift)).status).toBe(200);
    expect((await call('/v1/stops/clear', tokens.otto, lift)).status).toBe(200);
    await scene.until(
      'what was stopped goes on',
      async () => (await byState('succeeded', ['storm-theft'])) === each,
    );
    await scene.stopAll();

    const entries = await readSealedLog(scene);
    const ofType = (type: string) => entries.filter((entry) => entry.type === type);
    // Nothing lost, nothing twice: one entry, one trace and at most one run per alert.
    expect(ofType('alert.accepted')).toHaveLength(distinct + 2);
    expect(new Set(ofType('alert.accepted').map((entry) => entry.alertId)).size).toBe(distinct + 2);
    expect(await scene.count('select count(*) from alerts')).toBe(distinct + 2);
    // Signals of ended runs have traces of their own.
    const traces = 'from decision_traces d join alerts a on a.tenant_id = d.tenant_id and a.id = d.event_id';
    expect(await scene.count(`select count(*) ${traces}`)).toBe(distinct + 2);
    expect(await scene.count(`select count(distinct a.id) ${traces}`)).toBe(distinct + 2);
    expect(await scene.count(`select count(*) from decision_traces where outcome = 'attached'`)).toBe(
      each - scanned,
    );
    expect(ofType('run.started')).toHaveLength(4 * each + scanned + 2);
    expect(ofType('run.attached')).toHaveLength(each - scanned);

    // The limit, in the estate itself, and one request for all the others.
    const { estate } = scene.lab;
    const hosts = Array.from({ length: 2 * each }, (_, n) =>
      estate.effect('network-isolated', `host:${crowdHostId(n)}`),
    );
    expect(hosts.filter(({ orders, applied }) => orders > 0 || applied > 0)).toHaveLength(limit);
    expect(hosts.filter(({ duplicates }) => duplicates > 0)).toEqual([]);
    const requested = ofType('approval.requested').filter((entry) => entry.runId !== asked);
    expect(requested).toHaveLength(1);
    expect(ofType('approval.joined')).toHaveLength(2 * each - limit - 1);
    for (let n = 0; n < each; n++) {
      const user = estate.user(crowdUserId(n));
      expect(user.accountEnabled, `user ${n}`).toBe(false);
      expect(user.effects['sign-in-blocked'], `user ${n}`).toMatchObject({ applied: 1, duplicates: 0 });
    }
    expect(estate.user(crowdUserId(each)).accountEnabled, 'taken back').toBe(true);
    expect(estate.user(crowdUserId(each + 1)).accountEnabled, 'agreed to').toBe(false);

    // Whoever stops, decides or takes back is done while alerts of the storm still wait to be answered.
    const last = (is: (entry: (typeof entries)[number]) => boolean) => entries.findLastIndex(is);
    const backlogDone = last((entry) => entry.type === 'run.started');
    expect(last((entry) => entry.type === 'stop.set')).toBeLessThan(backlogDone);
    expect(last((entry) => entry.runId === asked)).toBeLessThan(backlogDone);
    expect(last((entry) => entry.runId === toUndo)).toBeLessThan(backlogDone);
  },
  Math.max(180_000, storm * 100),
);

function placeOf(id: (typeof stormPlaybooks)[number], n: number): number {
  if (id === 'storm-wiper') return each + n;
  return id === 'storm-scan' ? n % scanned : n;
}
