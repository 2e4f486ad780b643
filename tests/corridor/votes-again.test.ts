import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import {
  type Asked,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* A yes is judged again when its action goes out, however long after the yes that is. */

const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';

let corridor: Corridor;
let dan: PersonId;
let eli: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  dan = await corridor.person('Dan', ['other'], ['operator']);
  eli = await corridor.person('Eli', ['other'], ['operator']);
});
afterAll(() => corridor.close());

let bo: PersonId;
let number = 0;
beforeEach(async () => {
  bo = await corridor.person('Bo', ['soc']);
  number += 1;
});

const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders;

const stop = (personId: PersonId | null) => ({
  scope: 'everything' as const,
  subject: '',
  reason: 'look first',
  actor: testActor,
  personId,
  requestId: 'test',
});

async function stateOf(runId: string): Promise<string | undefined> {
  return (await corridor.runs()).find((run) => run.id === runId)?.state;
}

/** Asked and granted while a stop holds whatever would go out. */
async function grantedAndHeld(host: string, approval = '{ approvers: [group:soc] }'): Promise<Asked> {
  const id = `again-${number}`;
  await corridor.publish(madePlaybook(id, `${isolateStep}    approval: ${approval}\n`));
  await corridor.sendBody(hostAlert(id, id, host));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  expect(await setStop(corridor.engine.parts, stop(null))).toMatchObject({ ok: true });
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
  await corridor.rest();
  return asked;
}

async function resume(): Promise<void> {
  await clearAsSeen(corridor.engine.parts, stop(dan));
  expect(await clearAsSeen(corridor.engine.parts, stop(eli))).toMatchObject({ ok: true, state: 'cleared' });
}

const change = (set: string) => corridor.database.app.query(`update people set ${set} where id = $1`, [bo]);

async function voidedCodes(runId: string): Promise<(string | undefined)[]> {
  return (await corridor.story(runId)).flatMap(({ type, code }) =>
    type === 'approval.voided' ? [code] : [],
  );
}

it.each([
  ['was deactivated', 'active = false'],
  ['left the group that was asked', "groups = '{other}'"],
  ['lost the role', "roles = '{viewer}'"],
])(
  'after a stop, the yes of somebody who %s does not count: nothing goes out and it is asked anew',
  async (_, set) => {
    const before = orders(ws0117);
    const asked = await grantedAndHeld(ws0117);
    await change(set);
    await resume();
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    await corridor.rest();
    expect(orders(ws0117)).toBe(before);
    expect(await voidedCodes(asked.run_id)).toEqual(['approval/grant-void']);
    const again = await onlyQuestion(corridor);
    expect(again).toMatchObject({ run_id: asked.run_id, ask_number: 2 });
    expect(again.digest).not.toBe(asked.digest);
    expect((await questions(corridor)).find((each) => each.id === asked.id)?.state).toBe('superseded');
    expect(await decide(corridor, again, bo)).toMatchObject({ ok: false });
    const cy = await corridor.person('Cy', ['soc']);
    expect(await decide(corridor, again, cy, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  },
);

it('whoever was excluded since does not count either', async () => {
  const before = orders(ws0117);
  const asked = await grantedAndHeld(ws0117);
  await corridor.database.app.query(
    'update approvals set excluded = array_append(excluded, $2) where id = $1',
    [asked.id, bo],
  );
  await resume();
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(orders(ws0117)).toBe(before);
  expect(await voidedCodes(asked.run_id)).toEqual(['approval/grant-void']);
  const cy = await corridor.person('Cy', ['soc']);
  await decide(corridor, await onlyQuestion(corridor), cy, 'deny');
});

it('a yes that was not used in time is void by the clock of the database, and the new yes goes out', async () => {
  const before = orders(ws0244);
  const asked = await grantedAndHeld(ws0244);
  await corridor.database.app.query(
    "update approvals set execute_before = clock_timestamp() - interval '1 ms' where id = $1",
    [asked.id],
  );
  await resume();
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(orders(ws0244)).toBe(before);
  expect(await voidedCodes(asked.run_id)).toEqual(['approval/grant-expired']);
  expect(await decide(corridor, await onlyQuestion(corridor), bo)).toMatchObject({
    ok: true,
    state: 'granted',
  });
  await corridor.rest();
  expect(orders(ws0244)).toBe(before + 1);
});

it('a yes that still stands goes out after the stop, once', async () => {
  const before = orders(ws0117);
  const asked = await grantedAndHeld(ws0117);
  await resume();
  await until(async () => (await stateOf(asked.run_id)) === 'succeeded');
  expect(await voidedCodes(asked.run_id)).toEqual([]);
  expect(orders(ws0117)).toBe(before + 1);
});

it('a gate and a list are judged again for each action that goes out on them', async () => {
  const gated = `  - id: plan_ok
    approval: { ask: Isolate it?, covers: [isolate], approvers: [group:soc] }
${isolateStep}`;
  const listed = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    approval: { approvers: [group:soc] }
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ host.id }}", scope: full }
`;
  for (const [name, text] of [
    ['gated', madePlaybook('gated', gated)],
    ['listed', forWholeAlert('listed', listed)],
  ] as const) {
    const before = orders(ws0244);
    await corridor.publish(text);
    await corridor.sendBody(hostAlert(name, `${name}-1`, ws0244));
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    const asked = await onlyQuestion(corridor);
    await setStop(corridor.engine.parts, stop(null));
    expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
    await corridor.rest();
    await change('active = false');
    await resume();
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    await corridor.rest();
    expect(orders(ws0244)).toBe(before);
    expect(await voidedCodes(asked.run_id)).toEqual(['approval/grant-void']);
    await change('active = true');
    await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
    await corridor.rest();
  }
});

it('a yes is asked for anew as often as it lapses, and is no moving target by that', async () => {
  const asked = await grantedAndHeld(ws0117);
  for (let times = 1; times <= 5; times++) {
    await change('active = false');
    await resume();
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    await change('active = true');
    await setStop(corridor.engine.parts, stop(null));
    expect(await decide(corridor, await onlyQuestion(corridor), bo)).toMatchObject({
      ok: true,
      state: 'granted',
    });
    await corridor.rest();
  }
  await resume();
  await until(async () => (await stateOf(asked.run_id)) === 'succeeded');
  expect(await voidedCodes(asked.run_id)).toHaveLength(5);
});

it('a yes that was asked for between two attempts is judged again as well', async () => {
  const retry = '    retry: { max_attempts: 3, backoff: fixed, initial: 3s, max: 5s }\n';
  const id = `again-${number}`;
  await corridor.publish(madePlaybook(id, `${isolateStep}${retry}`));
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'throttle', retryAfterSeconds: 3 },
  });
  const before = orders(ws0302);
  await corridor.sendBody(hostAlert(id, id, ws0302));
  await until(async () => {
    const run = (await corridor.runs()).find((each) => each.playbook_id === id);
    return run !== undefined && (await corridor.story(run.id)).some(({ type }) => type === 'action.failed');
  });
  const ada = await corridor.person('Ada', [], ['operator']);
  const published = await publishGuardrails(corridor.engine.parts, {
    personId: ada,
    actor: { kind: 'person', id: ada, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source:
      'kind: guardrails/v1\nask:\n  - { id: hosts, match: "true", classes: [contain], reason: People look at hosts, approvers: ["group:soc"] }\n',
  });
  expect(published).toMatchObject({ ok: true });
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  expect(await setStop(corridor.engine.parts, stop(null))).toMatchObject({ ok: true });
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  await change('active = false');
  await resume();
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  await corridor.rest();
  expect(orders(ws0302)).toBe(before);
  expect(await voidedCodes(asked.run_id)).toEqual(['approval/grant-void']);
  const cy = await corridor.person('Cy', ['soc']);
  await decide(corridor, await onlyQuestion(corridor), cy, 'deny');
});
