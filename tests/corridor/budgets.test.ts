import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, madePlaybook, onlyQuestion } from './questions.ts';

/* How many targets a playbook may act on in a time (language reference 3, guards: limit). */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const hosts = [
  'a0716faee06f3d46eff2077c3a0fd899b6484731',
  'f755b9434285cf0ab91f6a9916b573afcdf80d4b',
  '5dd66f81a97934b3d4c48e70b248b27c4fa1219d',
  '1480f2ac1bba6bed66d87b78688cd65a809999fd',
  '9345b0c06b6aeb457b9fbbf880a57ba4357732ca',
  'bb356920fb586cdf8d6cad7adda2dc8014033b58',
];

const guard = (onExceed: string) => `guards:
  - id: wave
    applies_to: [contain]
    limit: { targets: 2, per: 1h, scope: playbook }
    on_exceed: ${onExceed}
    message: A wave of isolations is looked at by people.
`;

const isolatedHosts = () =>
  hosts.filter((id) => corridor.lab.estate.effect('network-isolated', `host:${id}`).orders > 0);

const statesOf = async (playbookId: string) =>
  (await corridor.runs())
    .filter((run) => run.playbook_id === playbookId)
    .map((run) => run.state)
    .sort();

it('of a wave of runs that begin together as many act as the budget allows, the others are denied', async () => {
  await corridor.publish(madePlaybook('waving', isolateStep, guard('deny')));
  await corridor.sendBody({
    ...hostAlert('waving', 'waving-1', ''),
    targets: { hosts: hosts.map((id) => ({ id, name: id })) },
  });
  await corridor.rest();
  expect(await statesOf('waving')).toEqual([
    ...Array.from({ length: 4 }, () => 'denied'),
    'succeeded',
    'succeeded',
  ]);
  expect(isolatedHosts()).toHaveLength(2);
  const exceeded = (await corridor.story()).filter((entry) => entry.type === 'limit.exceeded');
  expect(exceeded.map((entry) => entry.code)).toEqual(
    Array.from({ length: 4 }, () => 'guard/limit-exceeded'),
  );
});

it('beyond a budget that asks, a person decides', async () => {
  corridor.lab.estate.reset();
  await corridor.publish(madePlaybook('asking', isolateStep, guard('ask')));
  for (const [n, id] of hosts.slice(0, 3).entries()) {
    await corridor.sendBody(hostAlert('asking', `asking-${n}`, id));
    await corridor.rest();
  }
  expect(await statesOf('asking')).toEqual(['succeeded', 'succeeded', 'waiting']);
  const asked = await onlyQuestion(corridor);
  const bo = await corridor.person('Bo', ['soc']);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(await statesOf('asking')).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(isolatedHosts()).toEqual(hosts.slice(0, 3));
});

it('an isolation that failed costs nothing of the budget', async () => {
  corridor.lab.estate.reset();
  const once = `${isolateStep}    retry: { max_attempts: 1 }\n`;
  await corridor.publish(madePlaybook('failing', once, guard('deny')));
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  for (const [n, id] of hosts.slice(0, 4).entries()) {
    await corridor.sendBody(hostAlert('failing', `failing-${n}`, id));
    await corridor.rest();
  }
  expect(await statesOf('failing')).toEqual(['denied', 'failed', 'succeeded', 'succeeded']);
});
