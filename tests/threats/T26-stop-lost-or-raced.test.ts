import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { clearStop, setStop } from '../../engine/runtime/set-stop.ts';
import type { PersonId } from '../../schemas/ids.ts';
import {
  db1,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  until,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import { noRight, refused } from '../support/refused.ts';

/* T26: the emergency stop is lost by a restart, or raced. With killed processes: tests/fault/emergency-stop.test.ts. */

let corridor: Corridor;
let kim: PersonId;
let lou: PersonId;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  kim = await corridor.person('Kim', [], ['operator']);
  lou = await corridor.person('Lou', [], ['operator']);
  bo = await corridor.person('Bo', ['soc']);
  const approval = '    approval: { approvers: [group:soc], require_comment: never }\n';
  await corridor.publish(madePlaybook('asks', `${isolateStep}${approval}`));
});
afterAll(() => corridor.close());

const input = (personId: PersonId) => ({
  scope: 'everything' as const,
  subject: '*',
  reason: 'drill',
  actor: testActor,
  personId,
  requestId: 'test',
});
const set = () => setStop(corridor.engine.parts, input(kim));
const clear = (personId: PersonId) => clearAsSeen(corridor.engine.parts, input(personId));
const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders;
const held = async () =>
  (await corridor.database.app.query(`select 1 from steps where phase = 'held'`)).rows.length;

let alerts = 0;
async function ask(hosts: readonly string[]) {
  for (const host of hosts) await corridor.sendBody(hostAlert('asks', `asks-${alerts++}`, host));
  await until(async () => (await questions(corridor, 'pending')).length === hosts.length);
  return questions(corridor, 'pending');
}

it('it stands after a restart of the engine with an empty queue, and holds what was said yes to before and after', async () => {
  const asked = await ask([ws0117, db1]);
  expect(await set()).toMatchObject({ ok: true });
  for (const each of asked.slice(0, 1)) expect(await decide(corridor, each, bo)).toMatchObject({ ok: true });
  await until(async () => (await held()) === 1);
  // The corridor's queue lives in memory, so the restart loses it as well.
  await corridor.restart(async () => undefined);
  for (const each of asked.slice(1)) expect(await decide(corridor, each, bo)).toMatchObject({ ok: true });
  await until(async () => (await held()) === 2);
  expect([orders(ws0117), orders(db1)]).toEqual([0, 0]);
});

it('one person does not lift it, however often, and not with a word from before it was set again', async () => {
  expect(await clear(kim)).toMatchObject({ ok: true, state: 'needs-second-person' });
  const both = await Promise.all([clear(kim), clear(kim)]);
  for (const each of both) expect(each).toMatchObject({ ok: true, state: 'needs-second-person' });
  // Set again in between: what Kim said was about the one before.
  expect(await set()).toMatchObject({ ok: true });
  expect(await clear(lou)).toMatchObject({ ok: true, state: 'needs-second-person' });
  expect(orders(ws0117)).toBe(0);
  expect(await clear(kim)).toMatchObject({ ok: true, state: 'cleared' });
  await until(async () => orders(ws0117) > 0);
  await corridor.rest();
});

it('words for one stop lift no later one, neither as the first nor as the second', async () => {
  const first = await set();
  const seen = first.ok ? first.generation : 0;
  const meant = (personId: PersonId, generation: number) =>
    clearStop(corridor.engine.parts, { ...input(personId), generation });
  expect(await meant(kim, seen)).toMatchObject({ state: 'needs-second-person' });
  await set();
  const stale = { ok: false, code: 'request/stale', detail: 'it was stopped anew since you looked: drill' };
  expect(await meant(lou, seen)).toEqual(stale);
  expect(await meant(kim, seen + 1)).toMatchObject({ state: 'needs-second-person' });
  expect(await meant(lou, seen)).toEqual(stale);
  expect(await meant(lou, seen + 1)).toMatchObject({ state: 'cleared' });
  const refused = (await corridor.story()).filter(({ type }) => type === 'stop.refused');
  expect(refused.slice(-2)).toMatchObject([
    { outcome: 'denied', code: 'request/stale', data: { scope: 'everything' } },
    { outcome: 'denied', code: 'request/stale' },
  ]);
});

it.each([
  ['account was ended', 'active = false'],
  ['role was taken away', "roles = '{responder}'"],
])('somebody whose %s after the first word does not lift it with the next one', async (_what, change) => {
  await set();
  const ned = await corridor.person('Ned', [], ['operator']);
  expect(await clear(ned)).toMatchObject({ state: 'needs-second-person' });
  await corridor.database.app.query(`update people set ${change} where id = $1`, [ned]);
  expect(await clear(kim)).toMatchObject({ state: 'needs-second-person' });
  expect(await clear(lou)).toMatchObject({ state: 'cleared' });
});

it('a first word lasts an hour: weeks later one more person does not lift it alone, and the log says so', async () => {
  await set();
  expect(await clear(kim)).toMatchObject({ state: 'needs-second-person' });
  const { owner } = corridor.database;
  const age = (minutes: number) =>
    owner.query(
      `update stops set clear_requested_at = clear_requested_at - make_interval(mins => $1) where clear_requested_by is not null`,
      [minutes],
    );
  const lapsed = async () => (await corridor.story()).filter(({ type }) => type === 'stop.clear-lapsed');
  await age(50);
  // Said again it is a new word.
  expect(await clear(kim)).toMatchObject({ state: 'needs-second-person' });
  await age(50);
  expect(await lapsed()).toEqual([]);
  await age(15);
  // Whoever comes first, the second person or the timekeeper.
  expect(await clear(lou)).toMatchObject({ state: 'needs-second-person' });
  expect(await lapsed()).toMatchObject([{ data: { scope: 'everything', subject: '*', asked_by: kim } }]);
  await age(61);
  await until(async () => (await lapsed()).length === 2);
  expect(await clear(kim)).toMatchObject({ state: 'needs-second-person' });
  expect(await clear(lou)).toMatchObject({ state: 'cleared' });
});

it('nothing is dispatched any more once setting it has answered, amid yeses through two processes', async () => {
  const other = createAdvancer(corridor.engine.parts);
  const ordered = async () => {
    const { rows } = await corridor.database.app.query<{ id: string }>(
      `select id from attempts where class = 'contain' and purpose = 'perform' order by id`,
    );
    return rows.map(({ id }) => id);
  };
  for (let round = 0; round < 8; round++) {
    const asked = await ask([ws0117, ws0244, db1]);
    const { parts, advancer } = corridor.engine;
    const yeses = asked.map((each, n) =>
      new Promise((resolve) => setTimeout(resolve, n * 6)).then(() =>
        decide(
          { ...corridor, engine: { ...corridor.engine, advancer: n % 2 === 0 ? advancer : other } },
          each,
          bo,
        ),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, round * 2));
    const stopped = await setStop(parts, input(kim));
    const before = await ordered();
    expect(stopped).toMatchObject({ ok: true });
    for (const yes of await Promise.all(yeses)) expect(yes).toMatchObject({ ok: true, state: 'granted' });
    // A yes and its dispatch are one transaction, so whatever is to go out of these is there by now.
    expect(await ordered()).toEqual(before);
    await clear(kim);
    await clear(lou);
    await corridor.rest();
  }
});

it('its number only grows, and the engine cannot make the row go away', async () => {
  const first = await set();
  await clear(kim);
  await clear(lou);
  const second = await set();
  if (!first.ok || !second.ok) throw new Error('not set');
  expect(second.generation).toBeGreaterThan(first.generation);
  expect(await refused(corridor.database.app.query('delete from stops'))).toBe(noRight);
  expect(await refused(corridor.database.app.query('truncate stops'))).toBe(noRight);
  await clear(kim);
  await clear(lou);
});
