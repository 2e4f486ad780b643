import { join } from 'node:path';
import { expect, test } from 'vitest';
import { screenshotFolder } from '../support/chromium.ts';
import { openLive, vote } from './open-live.ts';

/* What an open page says of what is new, in both themes and both widths, for people to look at; nothing is wider than the page. */

const { site, seal, open, ask, grant } = await openLive();

test.each([
  ['phone', { width: 390, height: 844 }, 'light'],
  ['phone', { width: 390, height: 844 }, 'dark'],
  ['desk', { width: 1280, height: 800 }, 'light'],
  ['desk', { width: 1280, height: 800 }, 'dark'],
] as const)('on a %s (%o), %s', async (name, viewport, colorScheme) => {
  const folder = await screenshotFolder();
  const of = `${name} ${colorScheme}`;
  const kim = await site.signIn(`Kim ${of}`, ['approver'], ['soc-tier2']);
  const bo = await site.signIn(`Bo ${of}`, ['approver'], ['soc-tier2']);
  const long = `Isolate ${'server-'.repeat(12)}${of}?`;
  const [card, goes] = [await ask(long, { quorum: 2 }), await ask(`Isolate one of ${of}?`)];
  const page = await open(kim, '/actions', { viewport, colorScheme });
  const fits = async (what: string) => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${what}.png`) });
  };
  await grant(goes, bo.person.id);
  await page.getByText('Not in this list any more').waitFor();
  await ask(`Isolate two of ${of}?`);
  await page.getByRole('button', { name: /new: show/ }).waitFor();
  await page.context().setOffline(true);
  site.breakConnections();
  await page.getByText('Not up to date').waitFor();
  await fits('list');
  await page.context().setOffline(false);
  await page.goto(`${site.url}/runs`);
  await site.db.owner.query(
    `update runs set state = 'succeeded', ended_at = clock_timestamp() where id = $1`,
    [goes.runId],
  );
  await seal({ type: 'run.finished', runId: (await ask(`Isolate three of ${of}?`)).runId });
  await page.getByRole('button', { name: /new: show/ }).waitFor();
  const [fresh, filter] = await Promise.all(
    [/new: show/, 'Filter'].map((each) => page.getByRole('button', { name: each }).boundingBox()),
  );
  if (fresh === null || fresh === undefined || filter === null || filter === undefined)
    throw new Error('not there');
  const beside = fresh.x >= filter.x + filter.width || fresh.y >= filter.y + filter.height;
  expect(beside, 'nothing to press lies under it').toBe(true);
  await fits('runs');
  await page.goto(`${site.url}/a/${card.approvalId}`);
  await page.getByLabel('Comment').fill('Half a sentence');
  await vote(site, card.approvalId, bo.person.id);
  await seal({ type: 'approval.voted', runId: card.runId, approvalId: card.approvalId });
  await page.getByText('1 of 2 approvals are there').first().waitFor();
  await site.identity.endSession(kim.cookie.slice('riposte='.length));
  await page.getByText('Your session is over.').waitFor();
  await fits('card');
  await page.context().close();
});
