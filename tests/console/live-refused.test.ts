import { expect, test } from 'vitest';
import { openLive } from './open-live.ts';

/* What an open page does when it may not see any more what it shows, or others than its person have changed what it is about. */

const { site, seal, open, ask } = await openLive();
const about = (runId: Parameters<typeof seal>[0]['runId'] = undefined) => ({
  ...(runId !== undefined && { runId }),
});

async function setRoles(personId: string, roles: string[]): Promise<void> {
  await site.db.owner.query('update people set roles = $2 where id = $1', [personId, roles]);
}

test('a page that may not be seen any more says so and asks no more, so that one entry is left', async () => {
  const kim = await site.signIn('Kim', ['viewer']);
  const { runId } = await ask('Isolate server GONE?');
  const page = await open(kim, `/runs/${runId}`);
  await page.getByText('Waits for a person').first().waitFor();
  await setRoles(kim.person.id, ['sender']);
  await seal({ type: 'step.failed', ...about(runId) });
  await page.getByText('You may not see this any more, or it is not there any more.').waitFor();
  const { rows } = await site.db.owner.query<{ entries: number }>(
    `select count(*)::int as entries from audit_pending where convert_from(entry, 'utf8') like '%auth.refused%' || $1 || '%' or convert_from(entry, 'utf8') like '%' || $1 || '%auth.refused%'`,
    [kim.person.id],
  );
  expect(rows).toEqual([{ entries: 1 }]);
});

test('a form that is not offered any more goes, unless somebody has written into it: then it sends nothing', async () => {
  const [kim, ann] = [await site.signIn('Kim', ['analyst']), await site.signIn('Ann', ['analyst'])];
  const { incidentId, runId } = await ask('Isolate server FORM?');
  const path = `/incidents/${incidentId}`;
  const [written, blank] = [await open(kim, path), await open(ann, path)];
  await written.getByText('Change state, verdict or owner').click();
  const owner = written.getByLabel('Owner');
  await owner.fill('Half a name');
  for (const { person } of [kim, ann]) await setRoles(person.id, ['viewer']);
  await seal({ type: 'run.queued', ...about(runId) });
  await written.locator('details.change button:disabled').first().waitFor();
  expect(await owner.inputValue()).toBe('Half a name');
  await blank.locator('details.change').waitFor({ state: 'detached' });
});

test('an emergency stop is said on every page that is open', async () => {
  const kim = await site.signIn('Kim', ['viewer']);
  const page = await open(kim, '/incidents');
  await site.db.owner.query(
    `update pauses set active = true, reason = 'worm <b>', set_by = $1, set_at = clock_timestamp()`,
    [kim.person.id],
  );
  await seal({ type: 'pause.set' });
  await page.getByText('Everything is paused.').waitFor();
  expect(await page.getByText('worm <b>').isVisible()).toBe(true);
  await site.db.owner.query('update pauses set active = false');
  await seal({ type: 'pause.lifted' });
  await page.getByText('Everything is paused.').waitFor({ state: 'detached' });
});

test('somebody who cannot decide reads on without pressing anything', async () => {
  const kim = await site.signIn('Kim', ['viewer']);
  const asked = await ask('Isolate server VIEWED?');
  const page = await open(kim, `/a/${asked.approvalId}`);
  await page.getByText('You cannot decide').waitFor();
  await site.db.owner.query(
    `update approvals set state = 'cancelled', ended_at = clock_timestamp() where id = $1`,
    [asked.approvalId],
  );
  await seal({ type: 'approval.cancelled', runId: asked.runId, approvalId: asked.approvalId });
  await page.getByText('What followed').waitFor();
  await page.getByText('You cannot decide').waitFor({ state: 'detached' });
  expect(await page.locator('.changed').count()).toBe(0);
});
