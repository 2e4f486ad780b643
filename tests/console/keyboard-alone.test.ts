import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { openBrowser } from '../support/chromium.ts';
import { seedEveryPage } from './every-page.ts';
import { focused, openPage } from './open-page.ts';
import { focusTrouble, troublesOfTab } from './seen.ts';
import { startConsole } from './start-console.ts';

/* From signing in to undoing with Tab, Enter and letters alone, without a script, and the focus seen at each step. */

const site = await startConsole();
const seeded = await seedEveryPage(site.db);
const long = {
  question: `Delete the files of ${'HOST-WITH-A-LONG-NAME '.repeat(6)}?`,
  happens: 'All of its files are deleted. '.repeat(5),
};
const grave = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate', ...long });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser?.close());

async function tabTo(page: Page, words: string): Promise<void> {
  for (let n = 0; n < 80; n++) {
    await page.keyboard.press('Tab');
    expect(await focusTrouble(page)).toBeNull();
    if ((await focused(page)) === words) return;
  }
  throw new Error(`Tab never comes to ${words}`);
}

async function enter(page: Page, words: string, leadsTo: RegExp): Promise<void> {
  await tabTo(page, words);
  await page.keyboard.press('Enter');
  await page.waitForURL(leadsTo);
}

/** The last button cannot be reached in its first moment. */
async function armed(page: Page): Promise<void> {
  const act = page.locator('.bar .act');
  const seen = () => act.evaluate((button) => button.checkVisibility({ visibilityProperty: true }));
  await expect.poll(seen).toBe(true);
}

const sizes = [
  ['desk', { width: 1280, height: 600 }],
  ['phone', { width: 390, height: 640 }],
] as const;

test.each(sizes)('a decision and its undo, on a %s', async (name, viewport) => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport });
  const page = await context.newPage();
  const { secret } = await site.link(`Kim ${name}`, ['admin'], ['soc-tier2']);
  site.useCases.calls.length = 0;
  await page.goto(`${site.url}/sign-in/${secret}`);
  await enter(page, `Sign in as Kim ${name}`, /:\d+\/$/);
  if (name === 'phone') {
    await tabTo(page, 'Menu');
    await page.keyboard.press('Enter');
  }
  await enter(page, 'Action center', /\/actions$/);
  await enter(page, 'Isolate server DB-1?', /\/a\/apr_/);
  await tabTo(page, 'comment');
  await page.keyboard.type('seen in the EDR too');
  await enter(page, 'Approve', /\/confirm$/);
  await armed(page);
  expect(site.useCases.calls).toEqual([]);
  await enter(page, 'Isolate server DB-1 now', /\/a\/apr_[^/]*$/);
  expect(site.useCases.calls).toMatchObject([
    { name: 'decideApproval', input: { decision: 'approve', comment: 'seen in the EDR too' } },
  ]);

  const { runId } = await seedWaitingRun(site.db.owner);
  await site.db.owner.query(`update runs set state = 'succeeded' where id = $1`, [runId]);
  await page.goto(`${site.url}/runs/${runId}`);
  await enter(page, 'Take back what it did', /\/undo$/);
  await tabTo(page, 'reason');
  await page.keyboard.type('it was nothing');
  await armed(page);
  await enter(page, 'Take it back now', /\/runs\/run_[^/]*$/);
  expect(site.useCases.calls[1]).toMatchObject({ name: 'undoRun', input: { reason: 'it was nothing' } });
  await context.close();
});

describe('Tab leads through the page and out of it, and no bar hides what has the focus', () => {
  test.each([
    ['on a desk', { width: 1280, height: 600 }],
    ['on a phone', { width: 390, height: 640 }],
    ['at 400 %', { width: 320, height: 256 }],
  ])('%s', async (_where, viewport) => {
    const kim = await site.signIn('Kim', ['admin', 'break-glass'], ['soc-tier2']);
    const page = await openPage(browser, site, kim, { viewport });
    const barred = seeded.gets.filter((path) => /^\/(a|t)\/[^/]+$|\/undo$/.test(path));
    for (const path of [...barred, '/', '/actions', '/settings', `/runs/${seeded.runId}`]) {
      await page.goto(site.url + path);
      await page.evaluate(`for (const each of document.querySelectorAll('main details')) each.open = true`);
      const { stops, troubles } = await troublesOfTab(page);
      expect(troubles, path).toEqual([]);
      expect(stops, path).toBeGreaterThan(5);
    }
    // The tallest bar: what cannot be undone asks for the name of its target.
    await page.goto(`${site.url}/a/${grave.approvalId}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('.bar .act').waitFor();
    expect((await troublesOfTab(page)).troubles).toEqual([]);
    await page.context().close();
  });
});
