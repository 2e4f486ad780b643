import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { Action, ActionRegistry } from '../../engine/core/contracts/action.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import {
  db1,
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
const catalogue = createRegistry();
let installed: ActionRegistry = catalogue;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [], actions: () => installed });
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

it('a run keeps the version it began with; runs after the publishing use the new one', async () => {
  const old = madePlaybook('changing', `${isolateStep}    approval: { approvers: [group:soc] }\n`);
  await corridor.publish(old);
  await corridor.sendBody(hostAlert('changing', 'changing-1', ws0117));
  await corridor.rest();
  await corridor.publish(madePlaybook('changing', tellStep).replace('version: 1.0.0', 'version: 2.0.0'));
  await corridor.sendBody(hostAlert('changing', 'changing-2', ws0244));
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.state)).toEqual(['waiting', 'succeeded']);
  expect(isolated(ws0244).applied).toBe(0);
  await decide(corridor, await onlyQuestion(corridor), await corridor.person('Bo', ['soc']));
  await corridor.rest();
  expect(isolated(ws0117).applied).toBe(1);
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

/** Another engine, with another version of one action. */
function install(version: string, more: Partial<Action> = {}): Promise<void> {
  return corridor.restart(async () => {
    const { manifest, ...rest } = catalogue.get('edr.isolate-host') as Action;
    const action = { ...rest, ...more, manifest: { ...manifest, version } };
    installed = new Map([...catalogue, ['edr.isolate-host', action]]);
  });
}

it('what was approved of one major of an action is not done by another, and goes out by a newer minor', async () => {
  const steps = `${isolateStep}    approval: { approvers: [group:soc] }\n    retry: { max_attempts: 1 }\n`;
  await corridor.publish(madePlaybook('majors', steps));
  const grantUnder = async (host: string, version: string) => {
    await corridor.sendBody(hostAlert('majors', `majors-${version}`, host));
    await corridor.rest();
    await install(version);
    await decide(corridor, await onlyQuestion(corridor), await corridor.person('Cy', ['soc']));
    await corridor.rest();
    return (await corridor.runs()).at(-1);
  };
  expect(await grantUnder(db1, '2.0.0')).toMatchObject({ state: 'failed' });
  expect(isolated(db1).applied).toBe(0);
  const { rows } = await corridor.database.app.query<{ failure: Json }>(
    `select failure from steps where failure is not null`,
  );
  expect(JSON.stringify(rows)).toContain('no action edr.isolate-host@1');
  expect(await grantUnder(db1, '1.9.0')).toMatchObject({ state: 'succeeded' });
  expect(isolated(db1).applied).toBe(1);
});

it('another major of an action is not asked whether what the old one left still stands', async () => {
  await install('2.0.0', { check: async () => ({ kind: 'absent' }), look: async () => ({ kind: 'absent' }) });
  const contained = (await corridor.runs()).at(-1);
  const undone = await undoRun(corridor.engine.parts, {
    runId: contained?.id as RunId,
    steps: null,
    reason: 'it was nothing',
    actor: testActor,
    personId: null,
    requestId: 'test',
  });
  expect(undone).toMatchObject({ ok: true });
  await corridor.rest();
  expect(isolated(db1).released).toBe(1);
});
