import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { type EveryPage, seedEveryPage } from './every-page.ts';
import { focused, openPage } from './open-page.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Ctrl K (design 2.9): goes to a page, to a control of this one or to an id, and orders nothing. */

const site = await startConsole();
let kim: Visitor;
let seeded: EveryPage;
let browser: Browser;
let page: Page;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

beforeAll(async () => {
  seeded = await seedEveryPage(site.db);
  kim = await site.signIn('Kim', ['admin'], ['soc-tier2']);
  browser = await openBrowser();
  page = await openPage(browser, site, kim, { viewport: { width: 1280, height: 800 } });
  page.on('console', (message) => {
    if (/content security policy|trusted/i.test(message.text())) refused.push(message.text());
  });
});

afterAll(() => browser?.close());

const refused: string[] = [];
const open = (path: string) => page.goto(site.url + path);
const call = async () => {
  await page.keyboard.press('Control+k');
  await page.locator('dialog#commands[open]').waitFor();
};
const isOpen = () => page.locator('dialog#commands').evaluate((it) => it.matches('[open]'));
const field = () => page.getByRole('combobox', { name: 'Go to' });
const chosen = () =>
  field().evaluate(
    (it) => it.ownerDocument.getElementById(it.getAttribute('aria-activedescendant') ?? '')?.textContent,
  );

describe('the command list', () => {
  test('filters while one types, arrows choose and Enter goes to a page', async () => {
    await open('/runs');
    await call();
    expect(await focused(page)).toBe('');
    await page.keyboard.type('play');
    expect(await page.locator('#commands').getByRole('option').allTextContents()).toEqual([
      'Playbooks page',
      'Search for play',
    ]);
    expect(await chosen()).toBe('Playbooks page');
    await page.keyboard.press('ArrowDown');
    expect(await chosen()).toBe('Search for play');
    await page.keyboard.press('ArrowDown');
    expect(await chosen()).toBe('Playbooks page');
    expect(await page.locator('#commands').getByRole('option', { selected: true }).allTextContents()).toEqual(
      ['Playbooks page'],
    );
    await page.getByText('2 fit.').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.url}/playbooks`);
  });

  test('looks up an id that was pasted, and takes what is written for text', async () => {
    await open('/');
    await call();
    await field().fill(`  ${seeded.runId}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${site.url}/search?q=${seeded.runId}`);
    await page.getByText('The run').waitFor();
    await call();
    await field().fill('<img src=x onerror=alert(1)>');
    await page
      .locator('#commands')
      .getByRole('option', { name: 'Search for <img src=x onerror=alert(1)>' })
      .waitFor();
    expect(await page.locator('dialog img').count()).toBe(0);
  });

  test('goes to a control of the page and presses nothing', async () => {
    await open(`/a/${seeded.approvalId}`);
    const before = await site.traces();
    const address = page.url();
    await call();
    await page.keyboard.type('deny');
    expect(await chosen()).toBe('Deny on this page');
    await page.keyboard.press('Enter');
    expect(await isOpen()).toBe(false);
    expect(await focused(page)).toBe('Deny');
    expect([await site.traces(), page.url()]).toEqual([before, address]);
  });

  test('gives the focus back on Esc, from a field as well, with what was written there', async () => {
    await open(`/a/${seeded.approvalId}`);
    await page.getByLabel('Comment').fill('seen');
    await call();
    await page.keyboard.type('home');
    await page.keyboard.press('Escape');
    expect(await isOpen()).toBe(false);
    expect(await focused(page)).toBe('comment');
    expect(await page.getByLabel('Comment').inputValue()).toBe('seen');
    await call();
    expect(await field().inputValue()).toBe('');
  });

  test('is on the page of every tab, takes a click, and says when nothing fits', async () => {
    await open('/actions');
    await call();
    await field().fill('history');
    await page.locator('#commands').getByRole('option', { name: 'History tab' }).click();
    await page.waitForURL(/tab=history/);
    await call();
    expect(await field().getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.type('?');
    await page.keyboard.press('Escape');
  });

  test('is off with the other keys, and with another modifier it is another key', async () => {
    await open('/runs');
    await page.keyboard.press('Control+Shift+k');
    await page.keyboard.press('Control+Alt+k');
    expect(await isOpen()).toBe(false);
    await page.evaluate(`localStorage.setItem('riposte.keys', 'off')`);
    await page.keyboard.press('Control+k');
    expect(await isOpen()).toBe(false);
    await page.evaluate(`localStorage.removeItem('riposte.keys')`);
  });

  test('passes axe in both themes and on a phone, without a word from the policy', async () => {
    const folder = await screenshotFolder();
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [390, 1280]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await open('/actions');
        await call();
        await page.screenshot({ path: join(folder, `commands-${colorScheme}-${width}.png`) });
        await page.evaluate(axe);
        const found = `axe.run('#commands').then(({ violations }) => violations.map(({ id }) => id))`;
        expect(await page.evaluate(found)).toEqual([]);
      }
    expect(refused).toEqual([]);
  });
});
