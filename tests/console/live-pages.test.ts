import { beforeAll, expect, test } from 'vitest';
import { openLive } from './open-live.ts';
import type { Visitor } from './start-console.ts';

/* A list of several pages that is open: what leaves the page may be over, or further on. */

const { site, seal, open, ask } = await openLive();
let kim: Visitor;

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
});

test('of a row that went to another page nothing says that it is over', async () => {
  for (let n = 0; n < 50; n++) await ask(`Isolate server P${n}?`);
  const page = await open(kim, '/runs');
  const last = await page.locator('[data-list] [data-key]').last().getAttribute('data-key');
  // Newest first: a new one takes the place of the last of the page, which goes on all the same.
  const { runId } = await ask('Isolate server NEWEST?');
  await seal({ type: 'run.started', runId });
  await page
    .locator(`[data-key="${last}"]`, {
      hasText: 'Not on this page any more: it is over, or stands on another page',
    })
    .waitFor();
  expect(await page.getByText('Not in this list any more').count()).toBe(0);
});
