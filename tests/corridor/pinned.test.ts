import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
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
