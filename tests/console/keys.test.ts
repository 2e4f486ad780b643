import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { openBrowser } from '../support/chromium.ts';
import { type EveryPage, seedEveryPage } from './every-page.ts';
import { focused, openPage } from './open-page.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* Single keys (design 2.9): they lead to things and press nothing that changes anything. */

const site = await startConsole();
let kim: Visitor;
let seeded: EveryPage;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  seeded = await seedEveryPage(site.db);
  for (let n = 0; n < 12; n++) await seedWaitingRun(site.db.owner, { question: `Isolate HOST-${n}?` });
  kim = await site.signIn('Kim', ['admin'], ['soc-tier2']);
  browser = await openBrowser();
  page = await openPage(browser, site, kim, { viewport: { width: 1280, height: 500 } });
});

afterAll(() => browser?.close());

const open = (path: string) => page.goto(site.url + path);
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const listIsOpen = () => page.locator('dialog#keys').evaluate((list) => list.matches('[open]'));

describe('a key', () => {
  test.each([
    ['h', '/'],
    ['i', '/incidents'],
    ['a', '/actions'],
    ['r', '/runs'],
    ['p', '/playbooks'],
    ['u', '/audit'],
    ['s', '/settings'],
  ])('after g leads to a page of the rail: %s', async (key, path) => {
    await open(path === '/' ? '/runs' : '/');
    await press('g', key);
    await page.waitForURL(site.url + path);
  });

  test('walks through rows, Enter opens the one with the focus, and it is seen whole', async () => {
    await open('/actions');
    const questions = await page.locator('.questions > li > a').allTextContents();
    await press('j');
    expect(await focused(page)).toBe(questions[0]);
    for (let n = 1; n < questions.length; n++) {
      await press('j');
      expect(await focused(page)).toBe(questions[n]);
      const seen = await page.evaluate(
        `(() => { const { top, bottom } = document.activeElement.closest('li').getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; })()`,
      );
      expect(seen, questions[n]).toBe(true);
    }
    await press('j', 'k', 'k');
    expect(await focused(page)).toBe(questions[questions.length - 3]);
    await press('Enter');
    await page.getByRole('heading', { level: 1, name: questions[questions.length - 3] ?? '' }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/a\/apr_/);
  });

  test('opens of a row with several links the page of the row', async () => {
    await open('/runs');
    await press('j', 'Enter');
    await page.waitForURL(/\/runs\/run_/);
  });

  test('x ticks the row and leaves the focus where it is', async () => {
    await open('/actions');
    await press('x');
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await press('j', 'j', 'x');
    await page
      .getByRole('status')
      .filter({ hasText: /^1 selected\.$/ })
      .waitFor();
    const row = page.locator('.questions > li').nth(1);
    expect(await row.getByRole('checkbox').isChecked()).toBe(true);
    expect(await focused(page)).toBe(await row.locator('> a').textContent());
    await press('x');
    expect(await row.getByRole('checkbox').isChecked()).toBe(false);
    await row.getByRole('checkbox').focus();
    await press('j');
    expect(await focused(page)).toBe(await page.locator('.questions > li > a').nth(2).textContent());
  });

  test('goes to Approve and Deny, and presses neither', async () => {
    const traces = await site.traces();
    const path = `/a/${seeded.approvalId}`;
    await open(path);
    await press('a');
    expect(await focused(page)).toBe('Approve');
    await press('d');
    expect(await focused(page)).toBe('Deny');
    await press('a', 'Enter');
    await page.waitForURL(`${site.url}${path}/confirm`);
    expect(await focused(page)).toBe('');
    const act = page.locator('.bar .act');
    await act.waitFor();
    await expect
      .poll(() => act.evaluate((button) => button.checkVisibility({ visibilityProperty: true })))
      .toBe(true);
    await press('a');
    expect(await focused(page)).toBe(await act.textContent());
    expect(page.url()).toBe(`${site.url}${path}/confirm`);
    expect(await site.traces()).toBe(traces);
  });

  test('goes, where nothing can be pressed, to what says why', async () => {
    const vic = await site.signIn('Vic', ['viewer']);
    const other = await openPage(browser, site, vic);
    await other.goto(`${site.url}/a/${seeded.approvalId}`);
    await other.keyboard.press('a');
    expect(await focused(other)).toContain('You cannot decide');
    await other.context().close();
  });

  test('u goes to the undo of a row, of a run, and to its last button, and presses none', async () => {
    await open('/contained');
    await press('j', 'u');
    expect(await focused(page)).toBe('Release');
    await site.db.owner.query(`update runs set state = 'succeeded' where id = $1`, [seeded.runId]);
    await open(`/runs/${seeded.runId}`);
    await press('u');
    expect(await focused(page)).toBe('Take back what it did');
    await press('Enter');
    await page.waitForURL(/\/undo$/);
    const traces = await site.traces();
    await expect
      .poll(async () => {
        await press('u');
        return focused(page);
      })
      .toBe('Take it back now');
    expect(await site.traces()).toBe(traces);
  });

  test('leads from tab to tab and stops at the ends', async () => {
    await open('/actions');
    await press('[');
    await press(']');
    await page.waitForURL(/tab=unknown/);
    await press(']');
    await page.waitForURL(/tab=progress/);
    await press('[');
    await page.waitForURL(/tab=unknown/);
  });

  test('/ goes to the filter of the page, and to Search where there is none', async () => {
    await open('/alerts');
    await press('/');
    expect(await page.evaluate(`document.activeElement.closest('form').getAttribute('role')`)).toBe('search');
    await open('/settings');
    await press('/');
    await page.waitForURL(/\/search#filter-q$/);
    expect(await focused(page)).toBe('q');
  });
});

describe('the list of keys', () => {
  test('opens with ?, takes the focus, holds the other keys back and gives the focus back', async () => {
    await open('/actions');
    await press('j');
    const before = await focused(page);
    await press('?');
    expect(await listIsOpen()).toBe(true);
    expect(await focused(page)).toBe('Close');
    await press('j', 'g', 'h');
    expect(new URL(page.url()).pathname).toBe('/actions');
    await press('Escape');
    expect(await listIsOpen()).toBe(false);
    expect(await focused(page)).toBe(before);
    await press('?', 'Enter');
    expect(await listIsOpen()).toBe(false);
    expect(new URL(page.url()).pathname).toBe('/actions');
  });

  test('names every key that does something', async () => {
    await open('/');
    const keys = await page.locator('dialog#keys kbd').allTextContents();
    for (const key of [
      '?',
      '/',
      'g',
      'h',
      'i',
      'a',
      'r',
      'p',
      'u',
      's',
      'j',
      'k',
      'x',
      'd',
      '[',
      ']',
      'Enter',
    ])
      expect(keys).toContain(key);
  });

  test('is found in the frame, which without a script leads to what is said about it', async () => {
    await open('/runs');
    await page.getByRole('link', { name: 'Keyboard' }).click();
    expect(await listIsOpen()).toBe(true);
    const bare = await openPage(browser, site, kim, { javaScriptEnabled: false });
    await bare.goto(`${site.url}/runs`);
    await bare.getByRole('link', { name: 'Keyboard' }).click();
    await bare.waitForURL(`${site.url}/settings#keyboard`);
    expect(await bare.getByLabel('Single keys do something').isVisible()).toBe(false);
    await bare.context().close();
  });
});

describe('keys do nothing', () => {
  test('while somebody writes, or with Ctrl, Alt or Meta', async () => {
    await open(`/a/${seeded.approvalId}`);
    await page.getByLabel('Comment').focus();
    await press('a', 'd', '?', 'j', 'g', 'h');
    expect(await page.getByLabel('Comment').inputValue()).toBe('ad?jgh');
    expect([await focused(page), await listIsOpen()]).toEqual(['comment', false]);
    await open('/alerts');
    await page.getByRole('combobox').first().focus();
    const field = await focused(page);
    await press('j', '?');
    expect([await focused(page), await listIsOpen()]).toEqual([field, false]);
    await open('/actions');
    for (const key of ['Control+j', 'Alt+j', 'Meta+j', 'Shift+J']) await press(key);
    expect(await focused(page)).toBe('');
  });

  test('when they are switched off in this browser, until they are switched on', async () => {
    await open(`/a/${seeded.approvalId}`);
    const approve = page.getByRole('button', { name: 'Approve', exact: true });
    expect(await approve.getAttribute('aria-keyshortcuts')).toBe('a');
    await open('/settings');
    const box = page.getByLabel('Single keys do something');
    expect(await box.isChecked()).toBe(true);
    await box.uncheck();
    await press('g', 'h', '?');
    expect([page.url(), await listIsOpen()]).toEqual([`${site.url}/settings`, false]);
    await open(`/a/${seeded.approvalId}`);
    expect(await approve.getAttribute('aria-keyshortcuts')).toBeNull();
    await press('a');
    expect(await focused(page)).toBe('');
    await open('/settings');
    expect(await box.isChecked()).toBe(false);
    await box.check();
    await press('g', 'h');
    await page.waitForURL(`${site.url}/`);
  });

  test('in a browser that keeps nothing, and the switch stays as it is', async () => {
    const keepsNothing = await openPage(browser, site, kim);
    await keepsNothing.addInitScript(
      `Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })`,
    );
    await keepsNothing.goto(`${site.url}/settings`);
    const box = keepsNothing.getByLabel('Single keys do something');
    await box.click();
    expect(await box.isChecked()).toBe(false);
    await keepsNothing.keyboard.press('?');
    expect(await keepsNothing.locator('dialog#keys').isVisible()).toBe(false);
    await keepsNothing.context().close();
  });
});
