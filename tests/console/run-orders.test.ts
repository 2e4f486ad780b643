import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { hostAlert, isolateStep, madePlaybook, ws0117, ws0244 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { type ConsoleUnderTest, startConsole, type Visitor } from './start-console.ts';

/* Cancelling a run and taking it up again, from pages that say beforehand what becomes of what it holds. */

let corridor: Corridor;
let site: ConsoleUnderTest;
let ann: Visitor;
let kim: Visitor;
let vic: Visitor;
/** Isolated one host, could not isolate the second one, and has ended. */
let ended: string;
let waiting: string;

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  site = await startConsole({ db: corridor.database });
  ann = await site.signIn('Ann', ['analyst']);
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  vic = await site.signIn('Vic', ['viewer']);
  await corridor.publish(
    madePlaybook(
      'two-hosts',
      `${isolateStep}    lease: 72h\n  - id: second\n    action: edr.isolate-host\n    with: { host_id: "${ws0244}", scope: full }\n    lease: 72h\n    retry: { max_attempts: 1 }\n`,
    ),
  );
  corridor.lab.estate.addFault({
    method: 'POST',
    path: `/mde/api/machines/${ws0244}/isolate`,
    times: 1,
    does: { kind: 'end-machine-action', as: 'Failed' },
  });
  await corridor.sendBody(hostAlert('two-hosts', 'two-hosts', ws0117));
  await corridor.rest();
  ended = (await corridor.runs())[0]?.id ?? '';
  waiting = (await seedWaitingRun(site.db.owner)).runId;
});
afterAll(() => corridor?.close());
beforeEach(() => site.useCases.calls.splice(0));

const plain = (text: string) => text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
const called = (wanted: string) =>
  site.useCases.calls.filter(({ name }) => name === wanted).map(({ input }) => input);

it('a restart is offered where a step failed, and says that nothing is given back and what stays held', async () => {
  const { text: page } = await kim.get(`/runs/${ended}`);
  expect(page).toContain(`href="/runs/${ended}/restart?step=run%2Fsecond"`);
  expect((await vic.get(`/runs/${ended}`)).text).not.toContain('/restart');
  const { text } = await kim.get(`/runs/${ended}/restart?step=run%2Fsecond`);
  expect(plain(text)).toContain('A restart gives nothing back.');
  const [, kept = '', again = ''] = /<h2>What stays done<\/h2>(.*?)<\/section>(.*)/s.exec(text) ?? [];
  expect(plain(kept)).toMatch(/edr\.isolate-host.*Stays held\. Its step is walked over\./);
  expect(kept.match(/<tr role="row">/g)).toHaveLength(2);
  expect(again).not.toContain('What stands though its step runs again');
});

it('a restart needs a reason, is ordered once with the step, and leads to the new run', async () => {
  const at = `/runs/${ended}/restart`;
  const without = await kim.post(at, { step: 'run/second', reason: ' ' });
  expect(without.status).toBe(422);
  expect(without.text).toContain('Say why it is restarted.');
  expect(called('restartStep')).toEqual([]);
  const done = await kim.post(at, { step: 'run/second', reason: 'the sensor is back' });
  expect(done.headers.get('location')).toMatch(/\/runs\/run_/);
  expect(called('restartStep')).toEqual([{ runId: ended, step: 'run/second', reason: 'the sensor is back' }]);
});

it('where a step cannot be taken up the page says why, and has no button', async () => {
  const { text } = await kim.get(`/runs/${ended}/restart?step=run%2Fisolate`);
  expect(plain(text)).toContain('run/isolate is succeeded; only a failed or denied step is restarted');
  expect(text).not.toContain('name="reason"');
  const { text: early } = await kim.get(`/runs/${waiting}/restart?step=run%2Fisolate`);
  expect(plain(early)).toContain('the run is waiting');
  expect((await kim.get(`/runs/${ended}/restart?step=run%2Fnone`)).status).toBe(404);
  expect((await vic.get(`/runs/${ended}/restart?step=run%2Fsecond`)).status).toBe(403);
});

it('cancelling says which holds stay, which are given back, and what becomes of questions', async () => {
  await site.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
       connection, target_kind, target_id, effect, origin, inverse)
     select 'default', 'und_' || n, $1, 'run', 'run/isolate', 'Isolate', 0, 'edr.isolate-host', 'key' || n, 'main', 'host',
       'C' || n, 'network-isolated', 'ours', inverse::json
     from (values (1, '{"action":"edr.release-host@1","arguments":{}}'), (2, '{"irreversible":"the sessions are gone"}'))
       of (n, inverse)`,
    [waiting],
  );
  const { text } = await kim.get(`/runs/${waiting}/cancel`);
  expect(plain(text)).toContain('Its open question is withdrawn.');
  const row = (target: string) => plain(text.split('<tr').find((each) => each.includes(`>${target}<`)) ?? '');
  expect(row('C1')).toMatch(/Left Stays, and its hold with it.*Taken back Is taken back\./);
  expect(row('C2')).toMatch(/Left Stays.*Taken back Cannot be taken back: the sessions are gone/);
  const { text: page } = await kim.get(`/runs/${waiting}`);
  expect(page).toContain(`href="/runs/${waiting}/cancel"`);
  expect((await vic.get(`/runs/${waiting}/cancel`)).status).toBe(403);
  expect((await kim.get(`/runs/${ended}/cancel`)).text).not.toContain('name="reason"');
});

it('cancelling leaves or takes back as the button said, and takes back for nobody who may not', async () => {
  const at = `/runs/${waiting}/cancel`;
  expect((await kim.post(at, { order: 'leave' })).status).toBe(422);
  expect((await kim.post(at, { reason: 'no button' })).status).toBe(400);
  const forbidden = await ann.post(at, { order: 'undo', reason: 'x' });
  expect(forbidden.status).toBe(403);
  expect((await ann.get(at)).text).not.toContain('Cancel and take back');
  expect(called('cancelRun')).toEqual([]);
  await ann.post(at, { order: 'leave', reason: 'a test' });
  const done = await kim.post(at, { order: 'undo', reason: 'a false alarm' });
  expect(done.headers.get('location')).toContain(`/runs/${waiting}`);
  expect(called('cancelRun')).toEqual([
    { runId: waiting, reason: 'a test', undo: false },
    { runId: waiting, reason: 'a false alarm', undo: true },
  ]);
});

it('an order that the engine refuses is answered with its words and what was written', async () => {
  site.useCases.answer('cancelRun', async () => ({
    ok: false,
    code: 'request/conflict',
    detail: 'the run is ending as <b>failed</b>',
  }));
  const refused = await kim.post(`/runs/${waiting}/cancel`, { order: 'leave', reason: 'mine & yours' });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('Nothing was cancelled: the run is ending as &lt;b&gt;failed&lt;/b&gt;.');
  expect(refused.text).toContain('mine &amp; yours');
});
