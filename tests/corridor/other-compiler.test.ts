import { afterEach, beforeEach, expect, it } from 'vitest';
import { compilerVersion } from '../../engine/core/contracts/plan.ts';
import { answerTask } from '../../engine/runtime/answer-task.ts';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { unparkRuns } from '../../engine/runtime/park-runs.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, type TaskId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

let corridor: Corridor;
beforeEach(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterEach(() => corridor.close());

const isolated = () => corridor.lab.estate.effect('network-isolated', `host:${ws0117}`).applied;

/** As if another engine had compiled the plan; the database itself refuses to change what a run is pinned to. */
async function pinTo(change: '+ 1' | '- 1', at = corridor): Promise<void> {
  const { owner } = at.database;
  await owner.query('alter table runs disable trigger user');
  await owner.query(`update runs set compiler_version = compiler_version ${change}`);
  await owner.query('alter table runs enable trigger user');
  // Nor did this process ever have it: what it keeps of a run never changes.
  at.engine.parts.keptRuns = createKeptRuns();
}

it('a run whose compiler version this engine cannot load waits with run/needs-engine, and goes on under one that can', async () => {
  await corridor.publish(madePlaybook('older', `${isolateStep}    approval: { approvers: [group:soc] }\n`));
  await corridor.sendBody(hostAlert('older', 'older-1', ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const bo = await corridor.person('Bo', ['soc']);

  await pinTo('+ 1');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'run/needs-engine' });
  expect(await corridor.story(asked.id)).toContainEqual(
    expect.objectContaining({ type: 'approval.refused', code: 'run/needs-engine' }),
  );
  await corridor.rest();
  expect(await corridor.runs()).toMatchObject([{ state: 'waiting', reason: 'run/needs-engine' }]);
  expect(isolated()).toBe(0);

  await pinTo('- 1');
  await unparkRuns(corridor.database.app, defaultTenant);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await corridor.runs()).toMatchObject([{ state: 'succeeded' }]);
  expect(isolated()).toBe(1);

  await pinTo('+ 1');
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'request/conflict' });
  await pinTo('- 1');
});

it('who says what became of an effect of such a run hears that it takes an engine of that version', async () => {
  const { estate } = corridor.lab;
  const isolate = '/mde/api/machines/*/isolate';
  estate.addFault({ method: 'POST', path: isolate, skip: 0, does: { kind: 'apply-then-drop' } });
  const path = '/mde/api/machineactions';
  estate.addFault({ method: 'GET', path, skip: 1, times: null, does: { kind: 'fail-before', status: 503 } });
  await corridor.publish(madePlaybook('unknown', `${isolateStep}    deadline: 2s\n`));
  await corridor.sendBody(hostAlert('unknown', 'unknown-1', ws0244));
  const tasks = async () =>
    (await corridor.database.app.query<{ id: TaskId; digest: string }>('select id, digest from tasks')).rows;
  await until(async () => (await tasks()).length === 1);
  const [task] = await tasks();
  if (task === undefined) throw new Error('nobody is asked');
  const bo = await corridor.person('Bo', ['soc']);
  const answer = () =>
    answerTask(corridor.engine.parts, corridor.engine.advancer, {
      taskId: task.id,
      digest: task.digest,
      answer: 'happened',
      proof: 'The device page says so',
      signedInAtMs: null,
      personId: bo,
      actor: { kind: 'person', id: bo, channel: 'api' },
      requestId: 'test',
    });
  await pinTo('+ 1');
  expect(await answer()).toMatchObject({ ok: false, code: 'run/needs-engine' });
  expect(await corridor.story(task.id)).toContainEqual(
    expect.objectContaining({ type: 'task.refused', code: 'run/needs-engine' }),
  );
  await pinTo('- 1');
  await unparkRuns(corridor.database.app, defaultTenant);
  expect(await answer()).toEqual({ ok: true, state: 'happened' });
});

it('what is due of a run that ended under another compiler is put off, too, and does not crowd out others', async () => {
  const { owner } = corridor.database;
  await corridor.publish(madePlaybook('leased', `${isolateStep}    lease: { for: 72h, at_end: ask }\n`));
  await corridor.sendBody(hostAlert('leased', 'leased-1', ws0244));
  await corridor.rest();
  await owner.query('update undo_records set lease_until = clock_timestamp() where lease_until is not null');
  await until(async () => (await questions(corridor, 'pending')).length > 0);
  const asked = await onlyQuestion(corridor);
  const ended = (await corridor.runs()).find(({ id }) => id === asked.run_id);
  expect(ended?.state).toBe('succeeded');

  await pinTo('+ 1');
  const due = `select min(due_at) > clock_timestamp() as later from deadlines where run_id = $1`;
  const isLater = async () => (await owner.query<{ later: boolean }>(due, [asked.run_id])).rows[0]?.later;
  await owner.query('update deadlines set due_at = clock_timestamp() where run_id = $1', [asked.run_id]);
  expect(await isLater()).toBe(false);
  await until(async () => (await isLater()) === true);
  expect((await corridor.runs()).find(({ id }) => id === asked.run_id)?.state).toBe('succeeded');
  expect(await questions(corridor, 'pending')).toMatchObject([{ id: asked.id }]);
});

it('a lease that only another version could end is told to people, once a day, and listed as stuck', async () => {
  const { owner, app } = corridor.database;
  await corridor.publish(madePlaybook('stuck', `${isolateStep}    lease: { for: 72h, at_end: release }\n`));
  await corridor.sendBody(hostAlert('stuck', 'stuck-1', ws0117));
  await corridor.rest();
  await pinTo('+ 1');
  const stuck = () => openRead(app).listContained(defaultTenant, { lease: ['stuck'] }, { limit: 5 });
  expect((await stuck()).items).toEqual([]);
  const told = async () => (await corridor.story()).filter(({ type }) => type === 'lease.stuck');
  const end = `update undo_records set lease_warn_at = lease_warn_at - interval '73 hours',
    lease_until = lease_until - interval '73 hours' where lease_until is not null`;
  await owner.query(end);
  await until(async () => (await told()).length === 1);
  expect(await told()).toMatchObject([
    {
      outcome: 'failure',
      code: 'run/needs-engine',
      targets: [{ kind: 'host', id: ws0117 }],
      data: { at_end: 'release', compiler_version: compilerVersion + 1, owner: 'group:soc' },
    },
  ]);
  expect((await stuck()).items).toMatchObject([{ state: 'done', lease: { stuck: true } }]);
  expect(await openRead(app).countStuck(defaultTenant)).toBe(1);
  const next = `select lease_warn_at - clock_timestamp() > interval '23 hours' as later from undo_records`;
  expect((await owner.query(next)).rows).toEqual([{ later: true }]);

  await pinTo('- 1');
  await until(async () => corridor.lab.estate.host(ws0117).isolation === 'none');
  await corridor.rest();
  expect(await openRead(app).countStuck(defaultTenant)).toBe(0);
});

it('an alert whose playbook another version compiled makes a run that an engine of that version begins', async () => {
  const { owner } = corridor.database;
  await corridor.publish(madePlaybook('elsewhere', isolateStep));
  await corridor.restart(async () => {
    await owner.query('alter table playbook_versions disable trigger user');
    await owner.query(
      `update playbook_versions set compiler_version = compiler_version + 1,
         plan = jsonb_set(plan::jsonb, '{compilerVersion}', to_jsonb(compiler_version + 1))
       where playbook_id = 'elsewhere'`,
    );
    await owner.query('alter table playbook_versions enable trigger user');
  });
  await corridor.sendBody(hostAlert('elsewhere', 'elsewhere-1', ws0117));
  await until(async () => (await corridor.runs()).some((run) => run.reason === 'run/needs-engine'));
  expect(await corridor.runs()).toMatchObject([{ state: 'waiting', reason: 'run/needs-engine' }]);

  // An engine of that version need not start anew: another one may have been quicker to look at the run.
  await pinTo('- 1');
  await until(async () => (await corridor.runs())[0]?.state === 'succeeded');
});

it('a worker of another version leaves the attempts of a run to those who can take the outcome in', async () => {
  // What its first engine makes ready is claimed by nobody.
  const fleet = await openCorridor({
    playbooks: [],
    courier: { ...memoryQueue(), taking: () => false, work: async () => undefined },
  });
  await fleet.publish(madePlaybook('left', isolateStep));
  await fleet.sendBody(hostAlert('left', 'left-1', ws0117));
  const waits = async () =>
    (
      await fleet.database.app.query<{ state: string; sends: number }>(
        'select a.state, o.sends from attempts a join outbox o on o.attempt_id = a.id',
      )
    ).rows[0];
  await until(async () => (await waits()) !== undefined);
  const sent = (await waits())?.sends ?? 0;

  await fleet.restart(() => pinTo('+ 1', fleet));
  await until(async () => (await waits())?.sends !== sent);
  // Stopping waits for whatever a worker has begun.
  await fleet.restart(() => pinTo('- 1', fleet));
  const { rows } = await fleet.database.app.query<{ purpose: string; claims: number }>(
    'select purpose, fence as claims from attempts order by created_at limit 1',
  );
  expect(rows).toEqual([{ purpose: 'perform', claims: 0 }]);
  await until(async () => (await fleet.runs())[0]?.state === 'succeeded');
  expect(fleet.lab.estate.effect('network-isolated', `host:${ws0117}`).applied).toBe(1);
  await fleet.close();
});
