import { afterEach, expect, it } from 'vitest';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { crowdHostId } from '../../examples/lab/seed/grow-crowd.ts';
import { hostAlert, isolateStep, madePlaybook, until, ws0117, ws0244 } from '../corridor/questions.ts';
import { openWholeProcess, type Somebody, type WholeProcess } from '../support/whole-process.ts';

/*
 * T17: somebody makes more alerts than limits, approvers, workers or the intake can bear. The same under
 * load and over separate processes: `fault/storm.test.ts`.
 */

let whole: WholeProcess;
let ola: Somebody;
let storm: string;
afterEach(() => whole.close());

async function open(crowd: number): Promise<void> {
  whole = await openWholeProcess({ crowd });
  ola = await whole.person('ola', ['operator']);
  storm = (await whole.service('noisy', ['analyst'])).secret;
}

const yaml = { 'content-type': 'application/yaml' };
async function publish(id: string, steps: string, more = ''): Promise<void> {
  const text = madePlaybook(id, steps, more);
  const answer = await whole.call('PUT', `/v1/playbooks/${id}/versions`, ola.token, text, yaml);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}
const send = (body: unknown) => whole.call('POST', '/v1/alerts?source=noisy', storm, body);
const number = async (query: string) =>
  Number((await whole.database.owner.query<{ n: string }>(`select count(*) as n from ${query}`)).rows[0]?.n);
const isolated = (host: string) => whole.lab.estate.effect('network-isolated', `host:${host}`);
const runOf = async (playbook: string, state: string): Promise<string | undefined> =>
  (
    await whole.database.app.query<{ id: string }>(
      'select id from runs where playbook_id = $1 and state = $2',
      [playbook, state],
    )
  ).rows[0]?.id;

it('limits and approvers: a wave is one incident, as many effects as the limit, and one request for all the rest', async () => {
  const limit = 4;
  /** The question of before has its place in the limit: no storm takes it from whoever is being asked. */
  const left = limit - 1;
  const hosts = 24;
  await open(hosts);
  const bo = await whole.person('bo', ['approver'], ['soc']);
  await publish(
    'wave',
    isolateStep,
    'dedupe: { key: "${{ inputs.host_id }}", window: 6h, on_duplicate: attach }\n',
  );
  await publish('calm', `${isolateStep}    approval: { approvers: [group:soc] }\n`);
  const guardrails = `kind: guardrails/v1
limits:
  - { id: hosts, classes: [contain], target_kind: host, targets: ${limit}, per: 1h, on_exceed: ask, approvers: ["group:soc"] }
`;
  const none = { ...yaml, 'if-match': '"0"' };
  expect((await whole.call('PUT', '/v1/settings/guardrails', ola.token, guardrails, none)).status).toBe(200);
  await send(hostAlert('calm', 'calm-1', ws0117));
  await until(async () => (await runOf('calm', 'waiting')) !== undefined);

  // Each host four times: twice the same alert, and two more that say the same under other names.
  const alerts = Array.from({ length: hosts * 4 }, (_, n) =>
    hostAlert('wave', `wave-${n % 4 === 3 ? n - 1 : n}`, crowdHostId(Math.floor(n / 4))),
  );
  const answers = await Promise.all(alerts.map(send));
  expect(answers.map(({ status }) => status)).toEqual(alerts.map(() => 202));
  expect(answers.filter(({ body }) => body.duplicate)).toHaveLength(hosts);
  const inState = (state: string) => number(`runs where playbook_id = 'wave' and state = '${state}'`);
  await until(async () => (await number("alerts where state = 'accepted'")) === 0);
  await until(
    async () => (await inState('succeeded')) === left && (await inState('waiting')) === hosts - left,
  );

  expect(await number("runs where playbook_id = 'wave'")).toBe(hosts);
  expect(await number('incidents')).toBe(1);
  const struck = Array.from({ length: hosts }, (_, n) => isolated(crowdHostId(n)).orders);
  expect(struck.filter((orders) => orders > 0)).toHaveLength(left);
  const types = (await whole.entries()).map(({ type }) => type);
  // One for the question of before, one for the wave.
  expect(types.filter((type) => type === 'approval.requested')).toHaveLength(2);
  expect(types.filter((type) => type === 'approval.joined')).toHaveLength(hosts - left - 1);
  const held = await whole.call('GET', '/v1/held', bo.token);
  expect(held.body.items).toMatchObject([{ kind: 'budget', waiting: hosts - left, targets: hosts - left }]);

  // Who has to decide something else finds it and is not behind the wave.
  const calm = await whole.call('GET', '/v1/approvals?status=pending&playbook=calm', bo.token);
  expect(calm.body.items).toHaveLength(1);
  const [{ id, digest }] = calm.body.items;
  const yes = { decision: 'approve', comment: 'seen' };
  const seen = { 'if-match': `"${digest}"` };
  expect((await whole.call('POST', `/v1/approvals/${id}/decisions`, bo.token, yes, seen)).status).toBe(200);
  await until(async () => isolated(ws0117).applied === 1);
});

it('workers: while every order of the storm hangs at the target, a release goes out and a stop is set', async () => {
  const hosts = 60;
  await open(hosts);
  await publish('calm', isolateStep);
  await publish('hanging', isolateStep);
  await send(hostAlert('calm', 'calm-1', ws0244));
  await until(async () => (await runOf('calm', 'succeeded')) !== undefined);
  whole.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    times: null,
    does: { kind: 'apply-then-hang' },
  });
  const alert = (n: number) => ({ ...hostAlert('hanging', `h-${n}`, crowdHostId(n)), severity: 'critical' });
  await Promise.all(Array.from({ length: hosts }, (_, n) => send(alert(n))));
  const claimed = "attempts where state = 'claimed' and purpose = 'perform' and class = 'contain'";
  const orders = async () => number(claimed);
  await until(async () => (await orders()) >= 16);
  const undo = await whole.call('POST', `/v1/runs/${await runOf('calm', 'succeeded')}/undo`, ola.token, {
    reason: 'It was nothing',
  });
  expect(undo.status, JSON.stringify(undo.body)).toBe(202);
  const stop = { scope: 'playbook', subject: 'hanging', reason: 'These are false' };
  expect((await whole.call('POST', '/v1/stops', ola.token, stop)).status).toBe(200);
  await until(async () => isolated(ws0244).released === 1);
  // The storm still holds all that it could take, and takes nothing more.
  expect(await orders()).toBeGreaterThanOrEqual(16);
  const ended =
    "attempts a join runs r on r.id = a.run_id where r.playbook_id = 'hanging' and a.state = 'done'";
  expect(await number(ended), 'the release waited for nobody').toBe(0);
  const { rows } = await whole.database.owner.query(
    "select distinct priority from attempts where class = 'restore'",
  );
  expect(rows).toEqual([{ priority: 1 }]);
});

it('the intake: one sender fills half of it, is told so and loses nothing; another is taken meanwhile', async () => {
  await open(0);
  const { parts } = whole.riposte.engine;
  const from = (sender: string) => (n: number) =>
    acceptAlert(parts, {
      source: `made up ${n}`,
      body: hostAlert('nobody-listens', `${sender}-${n}`, ws0117),
      actor: { kind: 'service', id: sender, channel: 'api' },
      requestId: 'test',
    });
  let taken: ReturnType<typeof acceptAlert>[] = [];
  let other: ReturnType<typeof acceptAlert> | undefined;
  // Nothing can be stored while somebody holds the table, so what comes in has to wait.
  await whole.database.owner.transaction(async (tx) => {
    await tx.query('lock table alerts in access exclusive mode');
    taken = Array.from({ length: 2_800 }, (_, n) => from('tok_noisy')(n));
    await Promise.race(taken);
    other = from('tok_quiet')(0);
    const first = await Promise.race([other, new Promise((resolve) => setImmediate(resolve, 'waits'))]);
    expect(first).toBe('waits');
  });
  expect(await other).toMatchObject({ ok: true, duplicate: false });
  const answers = await Promise.all(taken);
  const refused = answers.filter(({ ok }) => !ok);
  expect(refused.length).toBeGreaterThan(0);
  for (const each of refused) expect(each).toMatchObject({ code: 'request/unavailable' });
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(2_500);
  expect(await number('alerts')).toBe(answers.length - refused.length + 1);
  // Whoever was told so sends again, and is taken.
  const again = answers.findIndex(({ ok }) => !ok);
  expect(await from('tok_noisy')(again)).toMatchObject({ ok: true, duplicate: false });
});
