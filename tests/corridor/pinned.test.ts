import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  tellStep,
  ws0117,
  ws0244,
} from './questions.ts';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).applied;

it('a run keeps the version it began with; runs after the publishing use the new one', async () => {
  const old = madePlaybook('changing', `${isolateStep}    approval: { approvers: [group:soc] }\n`);
  await corridor.publish(old);
  await corridor.sendBody(hostAlert('changing', 'changing-1', ws0117));
  await corridor.rest();
  await corridor.publish(madePlaybook('changing', tellStep).replace('version: 1.0.0', 'version: 2.0.0'));
  await corridor.sendBody(hostAlert('changing', 'changing-2', ws0244));
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.state)).toEqual(['waiting', 'succeeded']);
  expect(isolated(ws0244)).toBe(0);
  await decide(corridor, await onlyQuestion(corridor), await corridor.person('Bo', ['soc']));
  await corridor.rest();
  expect(isolated(ws0117)).toBe(1);
  const { rows } = await corridor.database.app.query<{ playbook_version: number; compiler_version: number }>(
    'select playbook_version, compiler_version from runs order by created_at',
  );
  expect(rows.map((row) => row.playbook_version)).toEqual([1, 2]);
});

it('who cancels a run that another version compiled hears that it takes an engine of that version', async () => {
  await corridor.publish(madePlaybook('parked', '  - id: pause\n    wait: 1d\n'));
  await corridor.sendBody(hostAlert('parked', 'parked-1', ws0117));
  await corridor.rest();
  const run = (await corridor.runs()).find((each) => each.playbook_id === 'parked');
  // The database refuses this to everybody: a run never changes its compiler.
  const compiledBy = async (change: string) => {
    await corridor.database.owner.query('alter table runs disable trigger user');
    const text = `update runs set compiler_version = compiler_version ${change} where id = $1`;
    await corridor.database.owner.query(text, [run?.id]);
    await corridor.database.owner.query('alter table runs enable trigger user');
  };
  const cancel = (runId = run?.id ?? '') =>
    cancelRun(corridor.engine.parts, corridor.engine.advancer, {
      runId: runId as RunId,
      actor: testActor,
      reason: 'test',
      undo: false,
      requestId: 'test',
    });
  await corridor.restart(() => compiledBy('+ 1'));
  expect(await cancel()).toMatchObject({ ok: false, code: 'run/needs-engine' });
  expect(await cancel('run_nobody')).toMatchObject({ ok: false, code: 'request/not-found' });
  await corridor.restart(() => compiledBy('- 1'));
  expect(await cancel()).toEqual({ ok: true });
  await corridor.rest();
  await corridor.restart(() => compiledBy('+ 1'));
  expect(await cancel()).toMatchObject({ ok: false, code: 'request/conflict' });
});
