import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editApproval } from '../../engine/runtime/edit-approval.ts';
import { keepNotices } from '../../engine/runtime/outward/keep-notices.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { listApprovals } from '../../engine/runtime/read/list-approvals.ts';
import { listHeld } from '../../engine/runtime/read/list-held.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { settleHeld } from '../../engine/runtime/settle-held.ts';
import { lockBudget } from '../../engine/runtime/store/queries/reserve-targets.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import { noticeParts } from '../support/notices.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* A rule of the guardrails that asks about a wave: one question to read, N actions, each decided by its digest. */

const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  const ada = await corridor.person('Ada', [], ['operator']);
  const published = await publishGuardrails(corridor.engine.parts, {
    ...by(ada),
    file: 'guardrails.yaml',
    version: 0,
    source:
      'kind: guardrails/v1\nask:\n  - { id: hosts, match: "true", classes: [contain], reason: People look at hosts, approvers: ["group:soc"] }\n',
  });
  if (!published.ok) throw new Error(published.detail);
});
afterAll(() => corridor.close());

function by(personId: PersonId) {
  return { personId, actor: { kind: 'person', id: personId, channel: 'api' } as const, requestId: 'test' };
}

async function wave(playbook: string, name: string, hosts: string[]): Promise<void> {
  const before = (await questions(corridor, 'pending')).length;
  await Promise.all(
    hosts.map((host, n) => corridor.sendBody(hostAlert(playbook, `${playbook}-${name}-${n}`, host))),
  );
  await until(async () => (await questions(corridor, 'pending')).length === before + hosts.length);
}

const held = async () => (await listHeld(corridor.database.app, defaultTenant, { limit: 50 })).items;
const single = async () =>
  (
    await listApprovals(
      corridor.database.app,
      defaultTenant,
      { status: ['pending'], held: 'none' },
      { limit: 50 },
    )
  ).items;
const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders;
async function asked(playbook: string): Promise<string[]> {
  const runs = (await corridor.runs()).filter((run) => run.playbook_id === playbook).map(({ id }) => id);
  const stories = await Promise.all(runs.map((id) => corridor.story(id)));
  return stories.flat().flatMap(({ type }) => (/^approval\.(requested|joined)$/.test(type) ? [type] : []));
}
async function denyAll(): Promise<void> {
  for (const each of await questions(corridor, 'pending')) await decide(corridor, each, bo, 'deny');
  await corridor.rest();
}

it('a wave in the same instant is asked about once, shown once, reminded of once, and goes out with one word', async () => {
  await corridor.publish(madePlaybook('wave', isolateStep));
  await wave('wave', 'a', [ws0117]);
  // One is a card like any other.
  expect(await held()).toEqual([]);
  expect(await single()).toHaveLength(1);
  await wave('wave', 'b', [ws0244, ws0302]);
  const [group, ...more] = await held();
  expect(more).toEqual([]);
  expect(group).toMatchObject({ kind: 'rule', reason: 'People look at hosts', waiting: 3, targets: 3 });
  expect(await single()).toEqual([]);
  expect((await asked('wave')).toSorted()).toEqual([
    'approval.joined',
    'approval.joined',
    'approval.requested',
  ]);
  const { rows } = await corridor.database.app.query(
    `select distinct run_id from deadlines where kind = 'reminder'`,
  );
  expect(rows).toHaveLength(1);
  const open = await questions(corridor, 'pending');
  const answers = await settleHeld(corridor.engine.parts, corridor.engine.advancer, {
    ...by(bo),
    budget: group?.budget ?? '',
    decision: 'approve',
    comment: 'looked at all of it',
    approvals: open.map(({ id, digest }) => ({ id, digest })),
    signedInAtMs: Date.now(),
  });
  expect(answers.map((each) => each.ok && each.state)).toEqual(['granted', 'granted', 'granted']);
  await corridor.rest();
  expect([ws0117, ws0244, ws0302].map(orders)).toEqual([1, 1, 1]);
  expect(await held()).toEqual([]);
});

it('of many that begin in the same instant exactly one is the first', async () => {
  await corridor.publish(madePlaybook('rush', isolateStep));
  await wave(
    'rush',
    'a',
    Array.from({ length: 12 }, (_, n) => [ws0117, ws0244, ws0302][n % 3] ?? ws0117),
  );
  expect((await asked('rush')).filter((type) => type === 'approval.requested')).toHaveLength(1);
  expect(await held()).toMatchObject([{ waiting: 12, targets: 3 }]);
  await denyAll();
});

it('other steps and other playbooks ask other people, so they are questions of their own', async () => {
  await corridor.publish(madePlaybook('mine', isolateStep));
  await corridor.publish(madePlaybook('yours', isolateStep));
  await wave('mine', 'a', [ws0117]);
  await wave('yours', 'a', [ws0244]);
  expect(await held()).toEqual([]);
  expect(await single()).toHaveLength(2);
  expect([...(await asked('mine')), ...(await asked('yours'))]).toEqual([
    'approval.requested',
    'approval.requested',
  ]);
  await denyAll();
});

it('what is changed and asked anew joins nobody but others', async () => {
  const asking = '    approval: { approvers: [group:soc], editable: [scope] }\n';
  await corridor.publish(madePlaybook('edited', `${isolateStep}${asking}`));
  await wave('edited', 'a', [ws0117]);
  const [first] = await questions(corridor, 'pending');
  if (first === undefined) throw new Error('nothing was asked');
  const edited = await editApproval(corridor.engine.parts, corridor.engine.advancer, {
    ...by(bo),
    approvalId: first.id,
    digest: first.digest,
    values: { scope: 'selective' },
    comment: 'mail has to stay',
  });
  expect(edited).toMatchObject({ ok: true });
  expect(await asked('edited')).toEqual(['approval.requested', 'approval.requested']);
  expect(await single()).toHaveLength(1);
  await denyAll();
});

it('what joined others and is asked anew, when those are decided, is told anew', async () => {
  await corridor.publish(madePlaybook('anew', isolateStep));
  await wave('anew', 'a', [ws0117, ws0244]);
  const [first, second] = await questions(corridor, 'pending');
  if (first === undefined || second === undefined) throw new Error('two were asked');
  await decide(corridor, first, bo, 'deny');
  await corridor.rest();
  const stop = (personId: PersonId) => ({
    ...by(personId),
    scope: 'everything' as const,
    subject: '',
    reason: 'look',
  });
  const dan = await corridor.person('Dan', [], ['operator']);
  await setStop(corridor.engine.parts, stop(dan));
  expect(await decide(corridor, second, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  await corridor.database.app.query('update people set active = false where id = $1', [bo]);
  await clearAsSeen(corridor.engine.parts, stop(dan));
  await clearAsSeen(corridor.engine.parts, stop(await corridor.person('Eli', [], ['operator'])));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect((await asked('anew')).at(-1)).toBe('approval.requested');
  await corridor.database.app.query('update people set active = true where id = $1', [bo]);
  bo = await corridor.person('Bo too', ['soc']);
  await denyAll();
});

describe('when the first is decided before anybody was told of it', () => {
  const notify = '[chat:soc-approvals, chat:soc-urgent]';
  const asking = `    approval: { when: inputs.host_id == 'nowhere', approvers: [group:soc], notify: ${notify} }
`;
  const noticesBy = async (state: string) => {
    const { rows } = await corridor.database.owner.query<{ approval_id: string }>(
      'select approval_id from notices where state = $1 order by number',
      [state],
    );
    return rows.map(({ approval_id }) => approval_id);
  };
  const told = (parts: ReturnType<typeof noticeParts>) =>
    Promise.all([keepNotices(parts), keepNotices(parts), keepNotices(parts)]);

  it('the next of the wave is told in its place, once, whoever of many workers finds out', async () => {
    const parts = noticeParts(corridor.database.app, corridor.lab.url);
    await corridor.publish(madePlaybook('heirs', `${isolateStep}${asking}`));
    await wave('heirs', 'a', [ws0117]);
    await wave('heirs', 'b', [ws0244]);
    await wave('heirs', 'c', [ws0302]);
    const [first, second, third] = await questions(corridor, 'pending');
    if (first === undefined || second === undefined || third === undefined) throw new Error('three ask');
    expect(await noticesBy('due')).toEqual([first.id, first.id]);
    await decide(corridor, first, bo, 'deny');
    await told(parts);
    expect(await noticesBy('dropped')).toEqual([first.id, first.id]);
    expect(await noticesBy('told')).toEqual([second.id, second.id]);
    // They know of the wave by now.
    await decide(corridor, second, bo, 'deny');
    await told(parts);
    expect(await noticesBy('told')).toEqual([second.id, second.id]);
    expect(await noticesBy('due')).toEqual([]);
    await denyAll();
    await parts.close();
  });

  it('what joined it and is not written yet is waited for', async () => {
    const parts = noticeParts(corridor.database.app, corridor.lab.url);
    await corridor.publish(madePlaybook('late-heirs', `${isolateStep}${asking}`));
    await wave('late-heirs', 'a', [ws0117]);
    const [first] = await questions(corridor, 'pending');
    if (first === undefined) throw new Error('one asks');
    const { rows } = await corridor.database.owner.query<{ held_by: string }>(
      'select held_by from approvals where id = $1',
      [first.id],
    );
    const heldBy = rows[0]?.held_by ?? '';
    const settled: number[] = [];
    let telling: Promise<unknown> = Promise.resolve();
    // Whoever joins holds the lock until the commit, as a decision does.
    await corridor.database.owner.transaction(async (tx) => {
      await lockBudget(tx, defaultTenant, heldBy);
      await decide(corridor, first, bo, 'deny');
      telling = keepNotices(parts).then((count) => settled.push(count));
      await until(async () => (await waitingForLock()) > 0);
      await tx.query(
        `insert into approvals select (json_populate_record(a, json_build_object('id', 'apr_joined',
           'state', 'pending', 'ended_at', null, 'ask_number', 2))).* from approvals a where id = $1`,
        [first.id],
      );
    });
    await telling;
    expect((await noticesBy('told')).at(-1)).toBe('apr_joined');
    await corridor.database.owner.query(
      "update approvals set state = 'cancelled', ended_at = clock_timestamp() where id = 'apr_joined'",
    );
    await parts.close();
  });
});

async function waitingForLock(): Promise<number> {
  const { rows } = await corridor.database.owner.query(
    "select 1 from pg_locks where locktype = 'advisory' and not granted",
  );
  return rows.length;
}
