import { beforeAll, beforeEach, expect, it } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Taking back what an ended run did, from its page. */

const site = await startConsole();
let run: string;
let kim: Visitor;
let ann: Visitor;
beforeAll(async () => {
  run = (await seedWaitingRun(site.db.owner)).runId;
  kim = await site.signIn('Kim', ['approver']);
  ann = await site.signIn('Ann', ['analyst']);
});
beforeEach(() => site.useCases.calls.splice(0));

const undos = () => site.useCases.calls.filter(({ name }) => name === 'undoRun').map(({ input }) => input);

it('is not offered while the run is under way', async () => {
  expect((await kim.get(`/runs/${run}`)).text).not.toContain(`/runs/${run}/undo`);
  expect((await kim.get(`/runs/${run}/undo`)).text).not.toContain('name="reason"');
});

it('is offered for an ended run, to those who may', async () => {
  await site.db.owner.query(`update runs set state = 'succeeded' where id = $1`, [run]);
  expect((await kim.get(`/runs/${run}`)).text).toContain(`href="/runs/${run}/undo"`);
  expect((await ann.get(`/runs/${run}`)).text).not.toContain(`/runs/${run}/undo`);
  expect((await ann.get(`/runs/${run}/undo`)).status).toBe(403);
  expect((await ann.post(`/runs/${run}/undo`, { reason: 'clean' })).status).toBe(403);
  expect(undos()).toEqual([]);
});

it('needs a reason, then is ordered and leads back to the run', async () => {
  const asked = await kim.get(`/runs/${run}/undo?step=run%2Fisolate`);
  expect(asked.text).toContain('<input type="hidden" name="step" value="run/isolate">');
  expect(undos()).toEqual([]);
  const without = await kim.post(`/runs/${run}/undo`, { reason: ' ' });
  expect(without).toMatchObject({ status: 422 });
  expect(without.text).toContain('Say why it is taken back.');
  const done = await kim.post(`/runs/${run}/undo`, { reason: 'clean', step: 'run/isolate' });
  expect(done.status).toBe(303);
  expect(done.headers.get('location')).toContain(`/runs/${run}`);
  await kim.post(`/runs/${run}/undo`, { reason: 'all of it' });
  expect(undos()).toEqual([
    { runId: run, reason: 'clean', steps: ['run/isolate'] },
    { runId: run, reason: 'all of it', steps: null },
  ]);
});

it('says why nothing was taken back, and keeps what was written', async () => {
  site.useCases.answer('undoRun', async () => ({
    ok: false,
    code: 'undo/nothing-left',
    detail: 'the run has nothing left that could be taken back',
  }));
  const refused = await kim.post(`/runs/${run}/undo`, { reason: 'clean <b>' });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('Nothing was taken back: the run has nothing left');
  expect(refused.text).toContain('clean &lt;b&gt;');
});

it('shows what follows for each target before anything is taken back', async () => {
  const other = (await seedWaitingRun(site.db.owner)).runId;
  const record = (id: string, target: string, origin: string, inverse: object) =>
    site.db.owner.query(
      `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
         connection, target_kind, target_id, effect, origin, inverse)
       values ('default', $1, $2, 'run', 'run/isolate', 'Isolate', 0, 'edr.isolate-host', $1, 'main', 'host', $3,
         'network-isolated', $4, $5)`,
      [id, run, target, origin, JSON.stringify(inverse)],
    );
  const back = { action: 'edr.release-host@1', arguments: {} };
  await record('und_1', 'H17', 'ours', back);
  await record('und_2', 'H18', 'found', back);
  await record('und_3', 'H19', 'unknown', back);
  await record('und_4', 'H20', 'ours', { irreversible: 'the sessions are gone' });
  await record('und_5', 'H21', 'ours', back);
  await site.db.owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     values ('default', 'network-isolated', 'host', 'H21', $1, 'run/isolate', 'held', 'ours')`,
    [other],
  );
  const none = await kim.get(`/runs/${run}/undo?step=run%2Fother`);
  expect(none.text).toContain('Nothing is left that could be taken back.');
  const { text } = await kim.get(`/runs/${run}/undo`);
  const rows = [...text.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([row]) =>
    row
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  expect(
    rows.slice(1).map((row) =>
      row
        .replace(/Target|Was done|What follows/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
  ).toEqual([
    'host H21 Isolate edr.isolate-host Stays: another run holds it too.',
    'host H20 Isolate edr.isolate-host Cannot be taken back: the sessions are gone',
    'host H19 Isolate edr.isolate-host A person is asked first: nobody knows whether it was so before.',
    'host H18 Isolate edr.isolate-host Stays: it was so before.',
    'host DB-1 Isolate edr.isolate-host Is taken back.',
  ]);
});

it('says of a target that two steps hold what becomes of it, as the page of the incident does', async () => {
  const { runId, incidentId } = await seedWaitingRun(site.db.owner);
  await site.db.owner.query(`update runs set state = 'succeeded', ended_at = now() where id = $1`, [runId]);
  await site.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
       connection, target_kind, target_id, effect, origin, inverse)
     select 'default', 'und_twice_' || origin, $1, 'run', 'run/' || origin, 'Isolate', 0, 'edr.isolate-host', 'twice ' || origin,
       'main', 'host', 'H50', 'network-isolated', origin, '{"action":"edr.release-host@1","arguments":{}}'
     from unnest(array['ours', 'found']) as origin`,
    [runId],
  );
  for (const path of [`/runs/${runId}/undo`, `/incidents/${incidentId}/undo`]) {
    const { text } = await kim.get(path);
    expect(text.match(/Is taken back\./g), path).toHaveLength(2);
    expect(text).not.toContain('Stays: it was so before.');
  }
});

it('an incident is taken back from its own page, with what follows for each target', async () => {
  const { rows } = await site.db.owner.query<{ id: string }>('select id from incidents limit 1');
  const incident = rows[0]?.id ?? '';
  expect(incident).not.toBe('');
  await site.db.owner.query('update runs set incident_id = $1 where id = $2', [incident, run]);
  await site.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse)
     select tenant_id, 'und_page', id, 'run', 'run/isolate', '<b>Isolate', 'edr.isolate-host', 'k-page', 'lab', 'host', 'H99',
       'network-isolated', 'found', '{}' from runs where id = $1`,
    [run],
  );
  const at = `/incidents/${incident}/undo`;
  const page = await kim.get(at);
  expect(page.text).toContain('Stays: it was so before.');
  expect(page.text).toContain('&lt;b&gt;Isolate');
  expect((await ann.get(at)).status).toBe(403);
  expect((await ann.post(at, { reason: 'clean' })).status).toBe(403);
  expect(await kim.post(at, { reason: ' ' })).toMatchObject({ status: 422 });
  expect((await kim.post(at, { reason: 'clean' })).status).toBe(303);
  const orders = site.useCases.calls.filter(({ name }) => name === 'undoIncident');
  expect(orders.map(({ input }) => input)).toEqual([
    { id: incident, reason: 'clean', only: { action: null, record: null } },
  ]);
  expect((await kim.get('/incidents/inc_nobody/undo')).status).toBe(404);
});

it('the page of an incident looks again by itself only while nothing can be written into it', async () => {
  const { runId, incidentId } = await seedWaitingRun(site.db.owner);
  await site.db.owner.query(`update runs set state = 'succeeded', ended_at = now() where id = $1`, [runId]);
  await site.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
       connection, target_kind, target_id, effect, origin, inverse, state)
     select 'default', 'und_' || state, $1, 'run', 'run/' || state, 'Isolate', 0, 'edr.isolate-host', state, 'main', 'host',
       state, 'network-isolated', 'ours', '{"action":"edr.release-host@1","arguments":{}}', state
     from unnest(array['undoing', 'done']) as state`,
    [runId],
  );
  const at = `/incidents/${incidentId}/undo`;
  const part = (await kim.get(at)).text;
  expect(part).toContain('name="reason"');
  expect(part).not.toContain('http-equiv="refresh"');
  expect(part).toContain(`href="${at}">Look again`);
  await site.db.owner.query(`update undo_records set state = 'undoing' where run_id = $1`, [runId]);
  const all = (await kim.get(at)).text;
  expect(all).not.toContain('name="reason"');
  expect(all).toContain('http-equiv="refresh"');
});
