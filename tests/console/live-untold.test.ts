import { expect, test } from 'vitest';
import { openLive } from './open-live.ts';

/* Its person looks on as often as one may: the page is not told, and says so. */

const { site, open, ask } = await openLive({ live: { lookMs: 20, beatMs: 200, perCaller: 0 } });

test('a page that is not told says so, and looks now and then', async () => {
  const kim = await site.signIn('Kim', ['viewer']);
  await ask('Isolate server BEFORE?');
  const page = await open(kim, '/signed-out');
  await page.clock.install();
  await page.goto(`${site.url}/actions`);
  await page.getByText('Changes are not told at once just now').waitFor();
  await ask('Isolate server AFTER?');
  const fresh = page.getByRole('button', { name: '1 new: show it' });
  while (!(await fresh.isVisible())) await page.clock.runFor(1_000);
  expect(await page.getByText('Changes are not told at once just now').isVisible()).toBe(true);
});
