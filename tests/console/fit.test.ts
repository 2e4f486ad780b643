import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { openBrowser } from '../support/chromium.ts';
import { seedEveryPage } from './every-page.ts';
import { openPage } from './open-page.ts';
import { startConsole } from './start-console.ts';

/* Every page at 320 px, with the wider text that people set for themselves, and in the colours of their system. */

const site = await startConsole();
const seeded = await seedEveryPage(site.db);
const grave = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
const kim = await site.signIn('Kim', ['admin', 'break-glass'], ['soc-tier2']);
const paths: string[] = [...seeded.open];
for (const path of seeded.gets) if ((await kim.get(path)).status === 200) paths.push(path);

const desk = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const narrow = { width: 320, height: 640 };
/** The last on which rows are cards, and the first on which they are not. */
const tablet = { width: 1060, height: 800 };
const beside = { width: 1061, height: 800 };

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await openPage(browser, site, kim);
});

afterAll(() => browser?.close());

/** WCAG 1.4.12, as somebody's own style would: no policy of a page may stop it. */
const spaced = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
  document.adoptedStyleSheets = [sheet];
})()`;

/** Elements wider than the page, and those that cut off their own text. */
const cut = `(() => {
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
  const hides = (it) => ['hidden', 'clip'].includes(getComputedStyle(it).overflowY) && getComputedStyle(it).clipPath === 'none';
  const less = [...document.querySelectorAll('body *')].filter((it) => it.checkVisibility() && hides(it) && it.scrollHeight > it.clientHeight + 1);
  return [...wide, ...less.map((it) => it.tagName + '.' + it.className + ' cuts off its text')];
})()`;

test('what is wider than the page, or cuts its text off, is found', async () => {
  await page.setViewportSize(narrow);
  await page.setContent('<p style="width: 400px">a</p><p style="height: 10px; overflow: hidden">a<br>b</p>');
  expect(await page.evaluate(cut)).toEqual(['the page scrolls sideways', 'P. cuts off its text']);
});

test.each(paths)('%s', async (path) => {
  await page.goto(site.url + path);
  for (const size of [narrow, tablet, beside, desk]) {
    await page.setViewportSize(size);
    expect(await page.evaluate(cut), `${size.width} px`).toEqual([]);
  }
  await page.evaluate(`for (const each of document.querySelectorAll('main details')) each.open = true`);
  await page.evaluate(spaced);
  for (const size of [desk, narrow]) {
    await page.setViewportSize(size);
    expect(await page.evaluate(cut), `${size.width} px, spaced`).toEqual([]);
  }
});

describe('on the page of a question', () => {
  const small = `[...document.querySelectorAll('main :is(button, .button, input, select, textarea, summary), .bar :is(button, .button, input, textarea)')]
    .filter((it) => it.type !== 'hidden' && it.checkVisibility({ visibilityProperty: true }) && it.getBoundingClientRect().height < 44)
    .map((it) => it.tagName + ' ' + (it.name || it.textContent) + ' ' + it.getBoundingClientRect().height)`;

  test.each([
    ['phone', phone],
    ['desk', desk],
  ])('every control is 44 px high, on a %s', async (_name, size) => {
    await page.setViewportSize(size);
    await page.goto(`${site.url}/a/${grave.approvalId}`);
    await page.evaluate(`for (const each of document.querySelectorAll('main details')) each.open = true`);
    expect(await page.locator('main summary').count()).toBeGreaterThan(0);
    expect(await page.evaluate(small)).toEqual([]);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('.bar .act').waitFor();
    expect(await page.evaluate(small)).toEqual([]);
  });
});

test('nothing moves for whoever wants no motion, but the wait before the last button, which nobody sees', async () => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = `document.getAnimations().map((each) => each.animationName)`;
  await page.goto(`${site.url}/runs/${seeded.runId}`);
  expect(await page.evaluate(moving)).toEqual([]);
  await page.goto(`${site.url}/a/${grave.approvalId}`);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.locator('.bar .act').waitFor();
  expect((await page.evaluate<string[]>(moving)).filter((name) => name !== 'arm')).toEqual([]);
  await page.emulateMedia({ reducedMotion: null });
});

test('the colours of a system leave what is current, and what is stopped, with an edge of its own', async () => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.setViewportSize(desk);
  await page.goto(`${site.url}/actions`);
  const edge = (selector: string, side: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((it, name) => {
        const style = it.ownerDocument.defaultView?.getComputedStyle(it);
        return [
          style?.getPropertyValue(`border-${name}-width`),
          style?.getPropertyValue(`border-${name}-color`),
        ].join(' ');
      }, side);
  expect(await edge('.tabs a[aria-current]', 'bottom')).not.toBe(
    await edge('.tabs a:not([aria-current])', 'bottom'),
  );
  expect(await edge('.rail a[aria-current]', 'left')).not.toBe(
    await edge('.rail a:not([aria-current])', 'left'),
  );
  expect(await edge('.stopped', 'top')).toMatch(/^2px /);
  await page.emulateMedia({ forcedColors: null });
});
