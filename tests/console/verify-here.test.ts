import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* An auditor doubts the server and has the key from somewhere else. Their browser recomputes the log. */

const site = await startConsole();
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const shots = await screenshotFolder();
let ada: Visitor;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;

async function seal(count: number): Promise<void> {
  await record(site.db, numbered(count));
  await sequencerOf(site.db.sequencer).flush();
}

beforeAll(async () => {
  await seal(300);
  await seal(50);
  ada = await site.signIn('Ada', ['auditor']);
  browser = await openBrowser();
  page = await opened();
}, 60_000);

afterAll(() => browser?.close());

/** A browser of somebody who has never been here. */
async function opened(options: Parameters<typeof browser.newContext>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const [name = '', value = ''] = ada.cookie.split('=');
  await context.addCookies([{ name, value, url: site.url }]);
  const fresh = await context.newPage();
  fresh.on('pageerror', (error) => console.error(error));
  await fresh.goto(`${site.url}/audit/verify`);
  return fresh;
}

async function verify(on: Page, fields: { key?: string; from?: string; to?: string } = {}): Promise<string> {
  const { key: given = key, from = '', to = '' } = fields;
  await on.goto(`${site.url}/audit/verify`);
  await on.locator('#key').fill(given);
  if (from !== '' || to !== '') await on.getByText('Only a range').click();
  if (from !== '') await on.locator('#from').fill(from);
  if (to !== '') await on.locator('#to').fill(to);
  await on.getByRole('button', { name: 'Verify', exact: true }).click();
  await on.locator('form[data-check]:not([data-busy])').waitFor();
  return await on.locator('main').innerText();
}

/** What the database has while this runs, and as it was afterwards. */
async function whileChanged<Value>(
  index: number,
  raw: string,
  withLeaf: boolean,
  act: () => Promise<Value>,
): Promise<Value> {
  const select = 'select entry, leaf from audit_log where idx = $1';
  const { rows } = await site.db.owner.query<{ entry: Uint8Array; leaf: Uint8Array }>(select, [index]);
  const update = 'update audit_log set entry = $2, leaf = $3 where idx = $1';
  const bytes = Buffer.from(raw);
  await tamper(site.db, update, [index, bytes, withLeaf ? leafHash(bytes) : rows[0]?.leaf]);
  try {
    return await act();
  } finally {
    await tamper(site.db, update, [index, rows[0]?.entry, rows[0]?.leaf]);
  }
}

test('a log that is as it was signed holds, with what was checked, and the head is kept', async () => {
  const text = await verify(page);
  await page.screenshot({ path: `${shots}/whole-desk.png`, fullPage: true });
  expect(text).toContain('The log is whole');
  console.info(text);
});
