import { expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { letGoAll } from '../retention/let-go-all.ts';
import { addStory, addTask } from '../retention/old-rows.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const as = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('vic', ['viewer'])).token };

test('what goes, what went and why something older stays is one command', async () => {
  const before = await riposte(['retention'], as);
  expect(before).toMatchObject({ code: 0, stderr: '' });
  expect(before.stdout).toMatch(/ALERTS AND RUNS +stay\nTEXTS OF THE LOG +stay\n/);

  await addStory(api.db.owner);
  await addTask(api.db.owner, (await addStory(api.db.owner)).runId, {
    state: 'unanswered',
    settled_by: 'silence',
  });
  await api.db.owner.query('update retention set days = 45');
  await letGoAll(api.db.app, 31);
  const after = await riposte(['retention'], as);
  expect(after.stdout).toContain('go 45 days after they are over');
  expect(after.stdout).toMatch(/WENT +1 alerts, 0 incidents, 1 runs, 0 signals from before /);
  expect(after.stderr).toContain(
    'Older, and kept: 1 have an effect of which nobody knows whether it happened.',
  );
  expect(JSON.parse((await riposte(['retention', '--json'], as)).stdout)).toMatchObject({ days: 45 });
});
