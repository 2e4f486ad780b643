import { afterAll, beforeAll, expect, it } from 'vitest';
import { liftPause, setPause } from '../../engine/runtime/set-pause.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { liftAsSeen } from '../support/lift-as-seen.ts';
import {
  db1,
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  tellStep,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* The pause (decision 0014): nothing begins, nothing is sent, nothing is lost. */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc'], ['approver', 'operator']);
  cy = await corridor.person('Cy', ['soc'], ['approver', 'operator']);
});
afterAll(() => corridor.close());

const by = (personId: PersonId | null, reason = 'the mail system is being moved') => ({
  reason,
  personId,
  actor: personId === null ? testActor : { kind: 'person' as const, id: personId, channel: 'api' as const },
  requestId: 'test',
});
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const runOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId).at(-1);
const matched = () =>
  until(async () => {
    const { rows } = await corridor.database.app.query<{ open: number }>(
      `select count(*)::int as open from alerts where state = 'accepted'`,
    );
    return rows[0]?.open === 0;
  });
const lift = async () => {
  await liftAsSeen(corridor.engine.parts, by(bo));
  expect(await liftAsSeen(corridor.engine.parts, by(cy))).toMatchObject({ ok: true, state: 'lifted' });
};

it('lets no run begin, keeps the alert, and takes two people to lift', async () => {
  const { parts } = corridor.engine;
  await corridor.publish(madePlaybook('kept', `${lookStep}${tellStep}${isolateStep}`));
  expect(await setPause(parts, by(null))).toMatchObject({ ok: true });
  for (const host of [ws0117, ws0244]) await corridor.sendBody(hostAlert('kept', `kept-${host}`, host));
  await matched();
  // Longer than the sweep that begins what is queued.
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  const kept = (await corridor.runs()).filter((run) => run.playbook_id === 'kept');
  expect(kept.map((run) => run.state)).toEqual(['queued', 'queued']);
  expect(corridor.lab.estate.messages()).toHaveLength(0);

  expect(await liftAsSeen(parts, by(null))).toMatchObject({ ok: false, code: 'approval/needs-person' });
  for (let time = 0; time < 2; time++)
    expect(await liftAsSeen(parts, by(bo))).toMatchObject({ ok: true, state: 'needs-second-person' });
  expect((await corridor.runs()).every((run) => run.state === 'queued')).toBe(true);
  // Another word for the pause makes the first one's wish void.
  expect(await setPause(parts, by(cy, 'not yet'))).toMatchObject({ ok: true, generation: 2 });
  // Nor does a word count that was meant for the pause before.
  expect(await liftPause(parts, { ...by(bo), generation: 1 })).toMatchObject({
    ok: false,
    code: 'request/stale',
  });
  expect(await liftAsSeen(parts, by(cy))).toMatchObject({ ok: true, state: 'needs-second-person' });
  expect(await liftAsSeen(parts, by(bo))).toMatchObject({ ok: true, state: 'lifted' });
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.state)).toEqual(['succeeded', 'succeeded']);
  expect([isolated(ws0117), isolated(ws0244)]).toMatchObject([
    { applied: 1, duplicates: 0 },
    { applied: 1, duplicates: 0 },
  ]);
  expect(await liftAsSeen(parts, by(bo))).toMatchObject({ ok: false, code: 'pause/not-active' });
  const types = (await corridor.story()).map((entry) => entry.type).filter((type) => /^pause/.test(type));
  expect(types).toEqual([
    'pause.set',
    'pause.refused',
    'pause.lift-requested',
    'pause.lift-requested',
    'pause.set',
    'pause.refused',
    'pause.lift-requested',
    'pause.lifted',
    'pause.refused',
  ]);
});

it('holds what people say yes to meanwhile, and sends it once afterwards', async () => {
  await corridor.publish(madePlaybook('asking', `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert('asking', 'asking-1', db1));
  await corridor.rest();
  await setPause(corridor.engine.parts, by(bo));
  expect(await decide(corridor, await onlyQuestion(corridor), cy)).toMatchObject({ state: 'granted' });
  await corridor.rest();
  const held = await runOf('asking');
  expect(held?.state).toBe('waiting');
  expect(await corridor.story(held?.id)).toContainEqual(
    expect.objectContaining({ type: 'action.held', code: 'pause/active' }),
  );
  expect(isolated(db1).orders).toBe(0);
  await lift();
  await until(async () => (await runOf('asking'))?.state === 'succeeded');
  expect(isolated(db1)).toMatchObject({ applied: 1, duplicates: 0 });
});

it('keeps nobody from giving back what was taken', async () => {
  const run = await runOf('asking');
  await setPause(corridor.engine.parts, by(bo));
  const undone = await undoRun(corridor.engine.parts, {
    ...by(cy, 'it was nothing'),
    runId: run?.id as RunId,
    steps: null,
  });
  expect(undone).toMatchObject({ ok: true });
  const settled = async () => (await corridor.story(run?.id)).some((entry) => entry.type === 'undo.settled');
  await until(settled);
  expect(isolated(db1)).toMatchObject({ released: 1, duplicates: 0 });
  await lift();
});

it('once it is set, nothing that a worker does not have yet goes out', async () => {
  const { app } = corridor.database;
  await corridor.publish(madePlaybook('burst', `${lookStep}${tellStep}`));
  const hosts = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? ws0117 : ws0244));
  for (const [n, host] of hosts.entries()) await corridor.sendBody(hostAlert('burst', `burst-${n}`, host));
  await setPause(corridor.engine.parts, by(bo));
  const open = `select count(*)::int as n from attempts where state = 'claimed'`;
  await until(async () => (await app.query<{ n: number }>(open)).rows[0]?.n === 0);
  const sent = corridor.lab.estate.messages().length;
  const claims = `select count(*)::int as n from attempts where fence > 0`;
  const claimed = (await app.query<{ n: number }>(claims)).rows[0]?.n;
  await matched();
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect((await app.query<{ n: number }>(claims)).rows[0]?.n).toBe(claimed);
  expect(corridor.lab.estate.messages()).toHaveLength(sent);
  await lift();
  const ended = `select count(*)::int as n from runs where playbook_id = 'burst' and state = 'succeeded'`;
  await until(async () => (await app.query<{ n: number }>(ended)).rows[0]?.n === hosts.length);
});

it.each([
  ['account was ended', 'active = false'],
  ['role was taken away', "roles = '{approver}'"],
])('the word of somebody whose %s is not the first of two', async (_what, change) => {
  await setPause(corridor.engine.parts, by(bo));
  const gus = await corridor.person('Gus', [], ['operator']);
  expect(await liftAsSeen(corridor.engine.parts, by(gus))).toMatchObject({ state: 'needs-second-person' });
  await corridor.database.app.query(`update people set ${change} where id = $1`, [gus]);
  expect(await liftAsSeen(corridor.engine.parts, by(bo))).toMatchObject({ state: 'needs-second-person' });
  expect(await liftAsSeen(corridor.engine.parts, by(cy))).toMatchObject({ state: 'lifted' });
});

it('a word to lift the pause lasts an hour', async () => {
  const { parts } = corridor.engine;
  await setPause(parts, by(null));
  expect(await liftAsSeen(parts, by(bo))).toMatchObject({ state: 'needs-second-person' });
  const age = () =>
    corridor.database.owner.query(`update pauses set lift_asked_at = lift_asked_at - interval '61 minutes'`);
  const lapsed = async () => (await corridor.story()).filter(({ type }) => type === 'pause.lift-lapsed');
  await age();
  expect(await liftAsSeen(parts, by(cy))).toMatchObject({ state: 'needs-second-person' });
  expect(await lapsed()).toMatchObject([{ data: { asked_by: bo } }]);
  await age();
  await until(async () => (await lapsed()).length === 2);
  await liftAsSeen(parts, by(bo));
  expect(await liftAsSeen(parts, by(cy))).toMatchObject({ state: 'lifted' });
});
