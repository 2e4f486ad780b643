import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { startIdentityProvider } from '../support/identity-provider.ts';
import { releaseAfter } from '../support/release-after.ts';
import { startWithProvider } from './start-with-provider.ts';

/*
 * The way through an identity provider in a real browser, without script: the console at 127.0.0.1, the provider at
 * localhost, which is another site, so the strict cookies stay behind on the way back.
 */

const site = await startWithProvider();
const provider = await startIdentityProvider(`${site.url}/sign-in/oidc/callback`);
site.settings.issuer = provider.issuer;
site.settings.secretText = provider.clientSecret;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await screenshotFolder();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

/** A mail in a browser: a page of another site with one link. */
async function mailWith(link: string): Promise<string> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="${link}">Open the question</a>`),
  );
  server.listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  releaseAfter(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

async function signInThere(page: Page, login: string): Promise<void> {
  await page.waitForURL(`${provider.issuer}/interaction/**`);
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

async function personAt(login: string): Promise<string> {
  const { id } = await site.person(login, `${login}@example.org`, ['admin']);
  await site.db.owner.query(`update people set groups = '{soc-tier2}' where id = $1`, [id]);
  provider.accounts.set(login, { email: `${login}@example.org`, email_verified: true });
  return id;
}

test.each(['light', 'dark'] as const)(
  'at three in the morning, %s: from the mail over the provider to the card, asked again, decided',
  async (colorScheme) => {
    const login = `ann-${colorScheme}`;
    const personId = await personAt(login);
    const { approvalId } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 844 },
      colorScheme,
    });
    const page = await context.newPage();
    const shot = (name: string) =>
      page.screenshot({ path: join(folder, `phone-${colorScheme}-${name}.png`) });
    const link = await site.links.linkTo({
      approvalId,
      personId,
      occasion: 'asked',
      expiresAtMs: Date.now() + 3_600_000,
      nowMs: Date.now(),
    });
    await page.goto(await mailWith(site.url + new URL(link).pathname));
    await page.getByRole('link', { name: 'Open the question' }).click();
    await page.getByText('Something waits for you here').waitFor();
    await shot('sign-in');
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
    await signInThere(page, login);
    await page.waitForURL(`${site.url}/a/${approvalId}`);
    const cookies = await context.cookies(site.url);
    const ours = cookies.filter(({ name }) => name.startsWith('riposte'));
    expect(ours.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly])).toEqual([
      ['riposte', 'Strict', true],
    ]);

    // Six minutes at the card.
    await site.db.owner.query(
      `update sessions set proved_at = proved_at - interval '6 min' where person_id = $1`,
      [personId],
    );
    const before = site.useCases.calls.length;
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    const again = page.getByRole('button', { name: 'Sign in with Example once more' });
    await again.waitFor();
    await shot('asked-again');
    expect(site.useCases.calls).toHaveLength(before);
    await again.click();
    // It still knows the browser, and asks all the same.
    await signInThere(page, login);
    await page.waitForURL(`${site.url}/a/${approvalId}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByLabel('Type the name of the target').fill('DB-1');
    await page.getByRole('button', { name: 'Isolate server DB-1 now' }).click();
    await page.waitForURL(`${site.url}/a/${approvalId}`);
    const [decided] = site.useCases.calls.slice(before);
    expect(decided).toMatchObject({ name: 'decideApproval', input: { approvalId, decision: 'approve' } });
    await context.close();
  },
);

test('an answer that another browser began, sent in a mail, changes nothing for whoever opens it', async () => {
  await personAt('bea');
  await personAt('cyd');
  const victim = await browser.newContext({ javaScriptEnabled: false });
  const page = await victim.newPage();
  await page.goto(`${site.url}/contained`);
  await page.getByRole('button', { name: 'Sign in with Example' }).click();
  await signInThere(page, 'bea');
  await page.waitForURL(`${site.url}/contained`);

  // Cyd's own answer, put into a mail for Bea.
  const thief = site.guest();
  const answer = await provider.goThrough(await thief.leave(), 'cyd', thief.elsewhere);
  await page.goto(await mailWith(answer.replaceAll('&', '&amp;')));
  await page.getByRole('link', { name: 'Open the question' }).click();
  await page.getByText('This browser did not begin this sign-in').first().waitFor();
  await page.screenshot({ path: join(folder, 'desk-not-begun-here.png') });
  await page.goto(`${site.url}/contained`);
  await page.getByText('bea').first().waitFor();
  await victim.close();
});
