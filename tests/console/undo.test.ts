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
