import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relative } from '../../api/console/times.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { openBrowser } from '../support/chromium.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What pages run, for those who are signed in. Everything works without; `browser.test.ts` has it switched off. */

const site = await startConsole();
let kim: Visitor;
let browser: Awaited<ReturnType<typeof openBrowser>>;

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  browser = await openBrowser();
});

afterAll(() => browser?.close());

describe('a script', () => {
  test('is kept for ever under a name that changes with the content of all of them', async () => {
    const sources = [...(await kim.get('/')).text.matchAll(/<script type="module" src="([^"]+)"/g)].map(
      ([, source = '']) => source,
    );
    expect(sources).toContainEqual(expect.stringMatching(/^\/scripts\/[0-9a-f]{12}\/clock\.js$/));
    for (const source of sources) {
      const { status, headers, text } = await site.visit(source);
      expect(status, source).toBe(200);
      expect(headers.get('content-type')).toContain('text/javascript');
      expect(headers.get('cache-control')).toContain('immutable');
      for (const [, imported = ''] of text.matchAll(/from '\.\/([^']+)'/g))
        expect((await site.visit(source.replace(/[^/]+$/, imported))).status, imported).toBe(200);
    }
  });

  test('of another version, or that is none, is not there', async () => {
    const [, version = ''] = /\/scripts\/([0-9a-f]{12})\//.exec((await kim.get('/')).text) ?? [];
    for (const path of [
      '/scripts/000000000000/clock.js',
      `/scripts/${version}/nothing.js`,
      `/scripts/${version}/tsconfig.json`,
      `/scripts/${version}/..%2fcsrf.ts`,
    ])
      expect((await site.visit(path)).status, path).toBe(404);
  });
});

describe('time', () => {
  test('is said by the browser as by the page', async () => {
    const words = await import(join(import.meta.dirname, '../../api/console/scripts/words-of-time.js'));
    const seconds = [0, 4, 5, 59, 60, 3_599, 3_600, 35_999, 36_000, 172_799, 172_800, 9_000_000];
    for (const ms of seconds.flatMap((each) => [each * 1000, each * -1000, each * 1000 + 499]))
      expect(words.relative(ms), String(ms)).toBe(relative(ms));
  });

  test('goes on while the page is open, by the clock of the server', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const [name = '', value = ''] = kim.cookie.split('=');
    await context.addCookies([{ name, value, url: site.url }]);
    const page = await context.newPage();
    // A reader whose clock is years behind.
    await page.clock.install({ time: '2020-01-01T00:00:00Z' });
    await page.goto(`${site.url}/a/${approvalId}`);
    const expiry = page.locator('.expiry time');
    expect(await expiry.getAttribute('title')).toMatch(/\d/);
    const served = Date.parse((await page.locator('body').getAttribute('data-now')) ?? '');
    const leftMs = Date.parse((await expiry.getAttribute('datetime')) ?? '') - served;
    // To the middle of a minute, so that it does not turn while this looks.
    const passedMs = 2 * 60_000 + (leftMs % 60_000) + 30_000;
    await page.clock.runFor(passedMs);
    // A look of the page meanwhile brings what the server says, until the next second.
    await expect.poll(() => expiry.textContent()).toBe(relative(leftMs - passedMs));
    await context.close();
  });
});
