import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostAlert, madePlaybook, tellStep, ws0117 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { growOld } from '../support/grow-old.ts';
import { letGoAll } from './let-go-all.ts';

/* What retention let go of is known by its name when its source delivers it once more (decision record 0040). */

const onUpdate = madePlaybook('heard', tellStep)
  .replace('id: on_alert\n    type: alert.created', 'id: on_alert\n    type: alert.updated')
  .replace('alert.category == "heard"', 'alert.category == "late"');
const onIncident = madePlaybook('opened', tellStep)
  .replace(
    'type: alert.created\n    match: alert.category == "opened"',
    'type: incident.created\n    match: "true"',
  )
  .replace('    each: alert.targets.hosts\n    as: host\n', '')
  .replace('      on_alert: ${{ host.id }}', '      on_alert: x');

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  await corridor.publish(madePlaybook('late', tellStep));
  await corridor.publish(onUpdate);
  await corridor.publish(onIncident);
});
afterAll(() => corridor.close());

const alert = (sourceId: string, more = {}) => ({
  ...hostAlert('late', sourceId, ws0117),
  incident: { id: `incident of ${sourceId}` },
  ...more,
});
const entriesOf = async (id: string) =>
  (await corridor.story(id))
    .map(({ type }) => type)
    .filter((type) => /^(alert|incident|run\.started)/.test(type));

async function gone(sourceId: string): Promise<string> {
  const id = await corridor.sendBody(alert(sourceId));
  await corridor.rest();
  await corridor.database.owner.query(`update incidents set status = 'resolved'`);
  await corridor.database.owner.query(`update undo_records set state = 'irreversible'`);
  await growOld(corridor.database.owner, 40);
  await letGoAll(corridor.database.app);
  expect((await corridor.database.app.query('select 1 from alerts')).rowCount).toBe(0);
  expect((await corridor.database.app.query('select 1 from incidents')).rowCount).toBe(0);
  expect(await corridor.runs()).toEqual([]);
  return id;
}

it('is a repeat when it says the same: its old id, no run, no alert, no incident', async () => {
  const id = await gone('a1');
  expect(await corridor.sendBody(alert('a1'))).toBe(id);
  await corridor.rest();
  expect(await corridor.runs()).toEqual([]);
  expect((await corridor.database.app.query('select 1 from alerts')).rowCount).toBe(0);
  expect((await corridor.database.app.query('select 1 from incidents')).rowCount).toBe(0);
  expect((await entriesOf(id)).at(-1)).toBe('alert.duplicate');
});

it('is an update under its old id when it says something else: what waits for new alerts and incidents stays silent', async () => {
  const id = await gone('a2');
  const { rows: before } = await corridor.database.app.query<{ id: string }>(
    `select id from gone_names where kind = 'incident' and source_id = 'incident of a2'`,
  );
  expect(await corridor.sendBody(alert('a2', { title: 'It is worse' }))).toBe(id);
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.playbook_id)).toEqual(['heard']);
  const { rows } = await corridor.database.app.query('select id, incident_id, state, title from alerts');
  expect(rows).toEqual([{ id, incident_id: before[0]?.id, state: 'matched', title: 'It is worse' }]);
  // From here on it is an alert as any other: once more is a repeat, and changed again an update.
  expect(await corridor.sendBody(alert('a2', { title: 'It is worse' }))).toBe(id);
  expect(await corridor.sendBody(alert('a2', { title: 'It is over' }))).toBe(id);
  await corridor.rest();
  expect((await corridor.runs()).map((run) => run.playbook_id)).toEqual(['heard', 'heard']);
});

it('takes the others of its batch in as they are', async () => {
  const id = await gone('a3');
  const [late, fresh] = await Promise.all([corridor.sendBody(alert('a3')), corridor.sendBody(alert('a4'))]);
  await corridor.rest();
  expect(late).toBe(id);
  expect(fresh).not.toBe(id);
  expect((await corridor.runs()).map((run) => run.playbook_id).sort()).toEqual(['late', 'opened']);
});

it('keeps the id of an incident whose source names it again in a new alert, and does not call it new', async () => {
  await gone('a5');
  const count = (await corridor.runs()).length;
  await corridor.sendBody(alert('a6', { incident: { id: 'incident of a5' } }));
  await corridor.rest();
  const { rows } = await corridor.database.app.query(
    `select 1 from incidents i join gone_names g on g.id = i.id where i.source_id = 'incident of a5'`,
  );
  expect(rows).toHaveLength(1);
  expect((await corridor.runs()).map((run) => run.playbook_id).slice(count)).toEqual(['late']);
});
