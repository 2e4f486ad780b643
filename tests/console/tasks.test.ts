import { beforeEach, expect, test } from 'vitest';
import { seedTask, settleTask } from '../api/seed-task.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const ann = await site.signIn('Ann', ['approver']);
beforeEach(() => site.useCases.calls.splice(0));

test('an empty list says what would fill it', async () => {
  const { text } = await ann.get('/actions?tab=unknown');
  expect(text).toContain('Nothing is unknown.');
  expect(text).toContain('Silence counts as a no.');
});

test('an open task stands in the action center and on the home page, and leads to its card', async () => {
  const { taskId } = await seedTask(site.db.owner);
  for (const path of ['/', '/actions?tab=unknown']) {
    const { text } = await ann.get(path);
    expect(text).toContain(`/t/${taskId}`);
    expect(text).toContain('Did it happen?');
  }
  const { text } = await ann.get(`/t/${taskId}`);
  for (const words of [
    'Look by hand',
    'Defender portal',
    'did not answer: the request may have arrived.',
    'If nobody says',
    'action/outcome-unknown',
    'It did not happen',
    'Ask the target once more',
  ])
    expect(text).toContain(words);
});

test('an answer is sent with the digest of the card and what was seen', async () => {
  const { taskId, digest } = await seedTask(site.db.owner);
  const sent = await ann.post(`/t/${taskId}/answers`, {
    answer: 'happened',
    proof: 'isolated\r\nsince 03:12 ',
    digest,
  });
  expect(sent.status).toBe(303);
  expect(sent.headers.get('location')).toBe(`/t/${taskId}`);
  expect(site.useCases.calls).toEqual([
    { name: 'answerTask', input: { taskId, answer: 'happened', proof: 'isolated\nsince 03:12', digest } },
  ]);
});

test('a missing proof keeps the form and says so; a second answer is told what stood', async () => {
  const { taskId, digest } = await seedTask(site.db.owner);
  site.useCases.answer('answerTask', async () => ({ ok: false, code: 'task/proof-required', detail: 'say' }));
  const missing = await ann.post(`/t/${taskId}/answers`, { answer: 'happened', digest });
  expect(missing.status).toBe(422);
  expect(missing.text).toContain('say what you saw');
  site.useCases.answer('answerTask', async () => {
    await settleTask(site.db.owner, taskId, ann.person.id);
    return { ok: false, code: 'task/closed', detail: 'it was settled before: it did not happen' };
  });
  const second = await ann.post(`/t/${taskId}/answers`, { answer: 'happened', proof: 'x', digest });
  expect(second.status).toBe(409);
  expect(second.text).toContain('What you said just now does not count.');
  expect(second.text).toContain('not isolated in the portal');
  expect(second.text).not.toContain('name="answer"');
});

test('a form that says nothing, or not what it saw, is none', async () => {
  const { taskId, digest } = await seedTask(site.db.owner);
  expect((await ann.post(`/t/${taskId}/answers`, { answer: 'maybe', digest })).status).toBe(400);
  expect((await ann.post(`/t/${taskId}/answers`, { answer: 'ask' })).status).toBe(428);
  expect(site.useCases.calls).toEqual([]);
});

test('a viewer sees that nobody knows, without values, and cannot answer', async () => {
  const vic = await site.signIn('Vic', ['viewer']);
  const { taskId } = await seedTask(site.db.owner);
  const { text } = await vic.get(`/t/${taskId}`);
  expect(text).toContain('You cannot answer');
  expect(text).not.toContain('secret words');
  expect((await vic.post(`/t/${taskId}/answers`, { answer: 'ask', digest: 'x' })).status).toBe(403);
});

test('a target that said otherwise later is shown on the card and on the home page', async () => {
  const { taskId } = await seedTask(site.db.owner);
  await settleTask(site.db.owner, taskId, ann.person.id, true);
  expect((await ann.get(`/t/${taskId}`)).text).toContain('The target said otherwise later.');
  expect((await ann.get('/')).text).toContain('the target said otherwise later');
});

test('one that cannot be asked says why', async () => {
  const { taskId } = await seedTask(site.db.owner, { canAsk: false });
  expect((await ann.get(`/t/${taskId}`)).text).toMatch(/Cannot be asked:.*no way to read/s);
});

test('a run that waits for an answer says so and leads there', async () => {
  const { runId } = await seedTask(site.db.owner);
  await site.db.owner.query(`update runs set waiting_for = $2 where id = $1`, [
    runId,
    JSON.stringify([{ kind: 'task', step: 'run/isolate', until: null }]),
  ]);
  expect((await ann.get(`/runs/${runId}`)).text).toContain(`/actions?tab=unknown&amp;run=${runId}`);
});

test('while the target is asked the page looks again, and whoever writes an answer is left to write it', async () => {
  const { taskId, checkId } = await seedTask(site.db.owner);
  await site.db.owner.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, intent_entry_id)
     select tenant_id, 'att_asking', run_id, scope_path, step_path, purpose, 2, 'att_asking', action, action_version, class,
       system, connection, arguments, target_kind, target_id, priority, timeout_ms, intent_entry_id
     from attempts where id = $1`,
    [checkId],
  );
  const watched = (await ann.get(`/t/${taskId}`)).text;
  expect(watched).toContain('the target is being asked');
  expect(watched).toContain('http-equiv="refresh"');
  expect(watched).not.toContain('name="proof"');
  expect(watched).toContain(`href="/t/${taskId}?answer=now"`);
  const written = (await ann.get(`/t/${taskId}?answer=now`)).text;
  expect(written).not.toContain('http-equiv="refresh"');
  expect(written).toContain('name="proof"');
  expect(written).toMatch(/value="ask" disabled/);
  expect(written).toMatch(/Cannot be asked:.*being asked just now/s);
});

test('when the time to answer is over no answer is offered any more', async () => {
  const { taskId } = await seedTask(site.db.owner);
  await site.db.owner.query('alter table tasks disable trigger user');
  await site.db.owner.query(
    `update tasks set answer_before = clock_timestamp() - interval '1 second' where id = $1`,
    [taskId],
  );
  await site.db.owner.query('alter table tasks enable trigger user');
  const { text } = await ann.get(`/t/${taskId}`);
  expect(text).toContain('the time to answer is over');
  expect(text).not.toContain('name="answer"');
});

test('what was taken back before any worker had it is not said to have been sent', async () => {
  const { taskId, attemptId } = await seedTask(site.db.owner);
  await site.db.owner.query(
    `insert into attempts (tenant_id, id, run_id, scope_path, step_path, purpose, number, action_key, action,
       action_version, class, system, connection, arguments, target_kind, target_id, priority, timeout_ms, intent_entry_id, state)
     select tenant_id, 'att_unsent', run_id, scope_path, step_path, purpose, 2, 'att_unsent', action, action_version, class,
       system, connection, arguments, target_kind, target_id, priority, timeout_ms, intent_entry_id, 'revoked'
     from attempts where id = $1`,
    [attemptId],
  );
  const { text } = await ann.get(`/t/${taskId}`);
  expect(text.match(/<strong>Sent<\/strong>/g)).toHaveLength(1);
  expect(text).toMatch(/<strong>Not sent<\/strong> <span class="dim">\(2\)<\/span> · revoked/);
});
