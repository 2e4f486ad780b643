import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeptRuns } from '../../engine/runtime/keep-runs.ts';
import { unparkRuns } from '../../engine/runtime/park-runs.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion, until, ws0117 } from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

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
    // Of the run before, so that both are pinned alike.
    await pinTo('+ 1');
  });
  await corridor.sendBody(hostAlert('elsewhere', 'elsewhere-1', ws0117));
  await until(async () => (await corridor.runs()).some((run) => run.reason === 'run/needs-engine'));
  const [, waiting] = await corridor.runs();
  expect(waiting).toMatchObject({ state: 'waiting', reason: 'run/needs-engine' });

  // An engine of that version need not start anew: another one may have been quicker to look at the run.
  await pinTo('- 1');
  await until(async () => (await corridor.runs())[1]?.state === 'succeeded');
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
