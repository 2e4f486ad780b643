import { beforeEach, expect, test } from 'vitest';
import { seedTask, settleTask } from '../api/seed-task.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const ann = await api.person('ann', ['approver']);
const viewer = (await api.person('vic', ['viewer'])).token;
const as = (secret: string) => ({ RIPOSTE_URL: api.url, RIPOSTE_TOKEN: secret });
beforeEach(() => api.useCases.calls.splice(0));

test('nothing is unknown at first; then there is a list, and a card with everything', async () => {
  expect((await riposte(['tasks'], as(ann.token))).stderr).toContain('Nothing is unknown.');
  const { taskId, digest } = await seedTask(api.db.owner, { title: 'Did it \u001b[31mhappen?' });
  const listed = await riposte(['tasks'], as(ann.token));
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.stdout).toContain(taskId);
  const shown = await riposte(['tasks', taskId], as(ann.token));
  for (const words of ['LOOK BY HAND', 'Defender portal', 'IF NOBODY SAYS', 'correlation 7eaa8cf7', digest])
    expect(shown.stdout).toContain(words);
  // A title of an alert rewrites no terminal.
  expect(shown.stdout).not.toContain('\u001b[31m');
});

test('an answer names the digest of the card that was shown', async () => {
  const { taskId, digest } = await seedTask(api.db.owner);
  const told = await riposte(
    ['tasks', 'answer', taskId, 'happened', '--proof', 'isolated in the portal', '--yes'],
    as(ann.token),
  );
  expect(told).toMatchObject({ code: 0 });
  expect(told.stdout).toContain('IF IT DID NOT');
  expect(api.useCases.calls.map(({ input }) => input)).toEqual([
    { taskId, answer: 'happened', proof: 'isolated in the portal', digest },
  ]);
});

test('a script has to say --yes, and a word that is none is wrong usage', async () => {
  const { taskId } = await seedTask(api.db.owner);
  expect((await riposte(['tasks', 'answer', taskId, 'happened'], as(ann.token))).code).toBe(2);
  expect((await riposte(['tasks', 'answer', taskId, 'maybe', '--yes'], as(ann.token))).code).toBe(2);
  expect(api.useCases.calls).toEqual([]);
});

test('a settled one says by whom and what they saw, and that the target said otherwise', async () => {
  const { taskId } = await seedTask(api.db.owner);
  await settleTask(api.db.owner, taskId, ann.person.id, true);
  const shown = await riposte(['tasks', taskId], as(viewer));
  expect(shown.stdout).toContain('settled by ann');
  expect(shown.stdout).toContain('The target said otherwise later.');
  expect((await riposte(['tasks', '--all'], as(viewer))).stdout).toContain('did-not-happen');
});
