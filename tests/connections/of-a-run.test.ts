import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCallNotes } from '../../engine/runtime/connections/note-calls.ts';
import { labClient } from '../../examples/lab/scenario.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117, ws0244 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

const calls = createCallNotes();
let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [], calls });
  await corridor.publish(madePlaybook('isolating', isolateStep));
});
afterAll(() => corridor.close());

it('an action that works and one that is refused leave word of their connection', async () => {
  await corridor.sendBody(hostAlert('isolating', 'calls-1', ws0117));
  await corridor.rest();
  const [good] = calls.take();
  expect(good).toMatchObject({ system: 'edr', id: 'lab', code: null, failedInARow: 0 });
  expect(good?.answeredAgoMs).not.toBeNull();

  corridor.lab.estate.changeScenario({ clients: [{ ...labClient, secret: 'another-secret' }] });
  corridor.lab.estate.addFault({ path: '/mde/**', does: { kind: 'expire-token' } });
  await corridor.sendBody(hostAlert('isolating', 'calls-2', ws0244));
  await corridor.rest();
  expect(calls.take()).toMatchObject([{ system: 'edr', id: 'lab', code: 'unauthorized' }]);
});
