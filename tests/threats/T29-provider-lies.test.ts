import { afterAll, beforeAll, expect, it } from 'vitest';
import { undoIncident } from '../../engine/runtime/undo-incident.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117, ws0244 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

/* T29: a provider says "accepted" and does not do it. Accepted is no success: only what it shows when asked is. */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(madePlaybook('contain', `${isolateStep}    lease: 72h\n`));
});
afterAll(() => corridor.close());

function acceptAndFail(order: 'isolate' | 'unisolate'): void {
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/*/${order}`,
    times: null,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
}

async function contain(sourceId: string, host: string) {
  await corridor.sendBody(hostAlert('contain', sourceId, host));
  await corridor.rest();
  const run = (await corridor.runs()).at(-1);
  if (run === undefined) throw new Error('no run');
  return run;
}

const typesOf = async (run: string) => (await corridor.story(run)).map(({ type }) => type);

it('an isolation that was accepted and not done is no success, and leaves nothing to take back', async () => {
  acceptAndFail('isolate');
  const run = await contain('lies', ws0117);
  corridor.lab.estate.clearFaults();
  expect(run.state).toBe('failed');
  expect(corridor.lab.estate.host(ws0117).isolation).toBe('none');
  const types = await typesOf(run.id);
  expect(types).toContain('action.accepted');
  expect(types).not.toContain('action.succeeded');
  const { rows } = await corridor.database.owner.query('select 1 from undo_records where run_id = $1', [
    run.id,
  ]);
  expect(rows).toEqual([]);
});

it('a release that was accepted and not done is no undo: the hold stays, and it can be tried again', async () => {
  const run = await contain('lies-back', ws0244);
  expect(await typesOf(run.id)).toEqual(expect.arrayContaining(['action.accepted', 'action.succeeded']));
  const { rows } = await corridor.database.owner.query<{ id: string }>(
    'select incident_id as id from runs where id = $1',
    [run.id],
  );
  const takeBack = () =>
    undoIncident(corridor.engine.parts, {
      id: rows[0]?.id ?? '',
      only: { action: null, record: null },
      reason: 'It was nothing',
      actor: { kind: 'person', id: bo, channel: 'api' },
      personId: bo,
      requestId: 'test',
    });
  const states = async () =>
    (
      await corridor.database.owner.query(
        'select r.state, u.state as record from runs r join undo_records u on u.run_id = r.id where r.id = $1',
        [run.id],
      )
    ).rows;
  acceptAndFail('unisolate');
  expect(await takeBack()).toMatchObject({ ok: true });
  await corridor.rest();
  corridor.lab.estate.clearFaults();
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('Full');
  expect(await states()).toEqual([{ state: 'undo-incomplete', record: 'undo-failed' }]);
  expect(await takeBack()).toMatchObject({ ok: true, runs: [{ id: run.id }] });
  await corridor.rest();
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('none');
  expect(await states()).toEqual([{ state: 'undone', record: 'undone' }]);
});
