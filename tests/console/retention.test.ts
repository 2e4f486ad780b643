import { expect, test } from 'vitest';
import { letGoAll } from '../retention/let-go-all.ts';
import { addRecord, addStory } from '../retention/old-rows.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();
const vic = await site.signIn('Vic', ['viewer']);

test('Settings say what goes, what went, and why something older stays; a page of what went says so', async () => {
  expect((await vic.get('/settings')).text).toMatch(/<h2>Retention<\/h2>[\s\S]*Stay for ever/);

  const { alertId } = await addStory(site.db.owner);
  await addRecord(site.db.owner, (await addStory(site.db.owner)).runId, { state: 'done', settled_at: null });
  await site.db.owner.query('update retention set days = 31');
  await letGoAll(site.db.app);
  const { text } = await vic.get('/settings');
  expect(text).toContain('Go 31 days after all of it is over; their names are remembered for 400 days more');
  expect(text).toMatch(/1 alerts, 0 incidents, 1 runs and 0 signals that were over before/);
  expect(text).toContain('<li>1 have something that a person may still take back</li>');

  const gone = await vic.get(`/alerts/${alertId}`);
  expect(gone.status).toBe(410);
  expect(gone.text).toContain('It was over long ago and went by retention');
});
