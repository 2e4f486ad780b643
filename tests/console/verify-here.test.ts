import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* An auditor doubts the server and has the key from somewhere else. Their browser recomputes the log. */

const noted: string[] = [];
const site = await startConsole({ noteReading: async (_reader, what) => void noted.push(what) });
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

/** What people see: the page also holds words for what did not happen. */
async function said(on: Page, where = 'main'): Promise<string> {
  const there = on.locator(where);
  await there.waitFor({ state: 'attached' });
  return (await there.allInnerTexts()).join('\n');
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
  return await said(on);
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

/** Answers of the server, changed on their way: it lies to this browser alone. */
async function lies(on: Page, what: string, change: (answer: string) => string): Promise<void> {
  await on.route(`**/v1/audit/${what}*`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

interface Items {
  items: { index: number; entry: string | null; note: string }[];
}

/** As `lies`, of one page of a list. */
function inItems(change: (items: Items['items']) => Items['items']): (answer: string) => string {
  return (answer) => {
    const page = JSON.parse(answer) as Items;
    return JSON.stringify({ ...page, items: change(page.items) });
  };
}

const keptHead = (on: Page) => on.evaluate(() => localStorage.getItem('riposte.log.soar.example/audit/1'));

describe('a log that is as it was signed', () => {
  test('holds; what was checked is said, and its head is kept in this browser', async () => {
    const text = await verify(page);
    expect(text).toContain('The log is whole');
    expect(text).toMatch(/Entries checked\s+0 – 350/);
    expect(text).toMatch(/Newest head it fits, in entries\s+351/);
    expect(text).toContain('soar.example/audit/1+581bc7d4');
    const { rows } = await site.db.owner.query<{ root: string }>(
      `select encode(root, 'hex') as root from audit_checkpoint order by size desc limit 1`,
    );
    expect(text).toContain(rows[0]?.root);
    expect(text).not.toMatch(/larger when you last looked|does not fit|own word/);
    expect(JSON.parse((await keptHead(page)) ?? '{}')).toMatchObject({ head: { size: 351 } });
    await pictures('whole');
  });

  test('still holds when it has grown, held against the head from before', async () => {
    await seal(10);
    const text = await verify(page);
    expect(text).toContain('The log is whole');
    expect(text).toMatch(/Your head from before: entries, verified\s+351, 20/);
  });

  test('holds in a range, and says what that leaves open', async () => {
    const text = await verify(page, { from: '250', to: '260' });
    expect(text).toContain('These entries are what was signed');
    expect(text).toMatch(/Entries checked\s+250 – 260/);
    expect(text).toContain('The texts of all other entries');
    expect(await verify(page, { from: '9', to: '8' })).toContain('The range ends before it begins');
  });

  test('leaves word that it was read, for the page and for what it asks', async () => {
    expect(noted).toEqual(
      expect.arrayContaining(['verifyHerePage', 'readLogCheckpoint', 'listEntries', 'readLogTile1']),
    );
  });
});

describe('a log that somebody changed in the database', () => {
  const forged = '{"<img src=x onerror=alert(1)>":"</template><script>alert(1)</script>"}';

  test('names the entry, leads to it, and says what that means and what to do', async () => {
    const text = await whileChanged(120, forged, false, async () => {
      const found = await verify(page);
      await pictures('changed');
      return found;
    });
    expect(text).toContain('It does not hold together');
    expect(text).toContain('entry 120 is not what its leaf says');
    expect(text).toContain('First bad entry: 120');
    expect(text).toContain('The text of the entry was changed after it was sealed');
    expect(text).toContain('To do:');
    expect(await page.locator('a[href="/audit/120"]').count()).toBeGreaterThan(0);
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  test('names the entry also where its hash was changed with it, as the tiles are what was signed', async () => {
    const text = await whileChanged(120, forged, true, () => verify(page));
    expect(text).toContain('has another root: an entry from');
    expect(text).toContain('The first that differs from what was signed is entry 120.');
    expect(text).toContain('First bad entry: 120');
    const range = await whileChanged(120, forged, true, () => verify(page, { from: '100', to: '130' }));
    expect(range).toContain('entry 120 is not what its leaf says');
  });

  test('does not make the head from before be forgotten', async () => {
    const before = await keptHead(page);
    await whileChanged(120, forged, true, () => verify(page));
    expect(await keptHead(page)).toBe(before);
    expect(await verify(page)).toContain('The log is whole');
  });
});

describe('a server that lies', () => {
  const olderHead = async () => {
    const { rows } = await site.db.owner.query<{ note: string }>(
      'select note from audit_checkpoint order by size limit 1',
    );
    return rows[0]?.note ?? '';
  };

  test('by keeping the tail to itself is seen by whoever was here before, and by nobody else', async () => {
    const note = await olderHead();
    await lies(page, 'log/checkpoint', () => note);
    const text = await verify(page);
    await pictures('cut');
    const { size } = JSON.parse((await keptHead(page)) ?? '{}').head;
    expect(text).toContain(`This log was larger when you last looked: entries and time, ${size}, 20`);
    expect(text).toContain(`a checkpoint you kept names ${size} entries, the export ends before 301`);
    expect(text).toContain('the end of the log is gone');
    expect(text).toContain('First bad entry: 301');
    expect(await page.locator('a[href="/audit/301"]').count()).toBe(0);
    expect(await verify(page, { from: '0', to: '5' })).toContain(
      `a checkpoint you kept names ${size} entries`,
    );
    await page.getByRole('button', { name: 'Forget it' }).click();
    expect(await said(page)).toContain('Nothing yet.');
    expect(await verify(page)).toContain('The log is whole');
    await page.unrouteAll();
    expect(await verify(page)).toContain('The log is whole');
  });

  test.each([
    [
      'leaves one out',
      (items: Items['items']) => items.filter(({ index }) => index !== 17),
      'entry 17 is missing; 18',
    ],
    [
      'moves two',
      (items: Items['items']) => items.toSorted((a, b) => (a.index === 31 && b.index === 30 ? -1 : 0)),
      '',
    ],
    [
      'changes a byte',
      (items: Items['items']) =>
        items.map((item) =>
          item.index === 9 ? { ...item, entry: item.entry?.replace('entry', 'Entry') ?? null } : item,
        ),
      'entry 9 is not what its leaf says',
    ],
    [
      'hides a text',
      (items: Items['items']) => items.map((item) => (item.index === 9 ? { ...item, entry: null } : item)),
      'the texts of entries 9 to 9 are gone',
    ],
  ])('and %s', async (_, change, found) => {
    await lies(page, 'entries', inItems(change));
    const text = await verify(page);
    await page.unrouteAll();
    expect(text).toContain('It does not hold together');
    expect(text).toContain(found);
  });

  test('about a checkpoint cannot sign it, and what it writes there stays text', async () => {
    await lies(
      page,
      'checkpoints',
      inItems((items) =>
        items.map((item, at) =>
          at === 0 ? { ...item, note: item.note.replace(/\n\d+\n/, '\n<b>1\u202e</b>\n') } : item,
        ),
      ),
    );
    const text = await verify(page);
    await page.unrouteAll();
    expect(text).toContain('an exported checkpoint (size <b>1?</b>): it is about another log');
    await lies(
      page,
      'checkpoints',
      inItems((items) =>
        items.map((item) => ({ ...item, note: item.note.replace(/\n(\d+)\n.{8}/, '\n$1\nAAAAAAAA') })),
      ),
    );
    // The head from before would cover them.
    await page.getByRole('button', { name: 'Forget it' }).click();
    const forged = await verify(page);
    await page.unrouteAll();
    expect(forged).toContain('its signature does not fit: it was changed after it was signed');
    expect(forged).toContain('no signed checkpoint covers the entries from 0 on');
  });

  test('about a text while two people let it go is asked once more', async () => {
    let looks = 0;
    await page.route('**/v1/audit/log/checkpoint*', async (route) => {
      looks += 1;
      await route.continue();
    });
    const hide = inItems((items) =>
      items.map((item) => (item.index === 9 ? { ...item, entry: null } : item)),
    );
    await lies(page, 'entries', (answer) => (looks === 1 ? hide(answer) : answer));
    expect(await verify(page)).toContain('The log is whole');
    expect(looks).toBe(2);
    await page.unrouteAll();
  });

  test('by answering nothing proves nothing, and says so', async () => {
    await page.route('**/v1/audit/entries*', (route) =>
      route.fulfill({ status: 500, json: { code: 'audit/integrity', detail: 'entry 17 is missing' } }),
    );
    const text = await verify(page);
    await page.unrouteAll();
    expect(text).toContain('nothing is proved. It said: 500 audit/integrity entry 17 is missing');
    expect(text).not.toContain('The log is whole');
    await page.route('**/v1/audit/entries*', (route) =>
      route.fulfill({ status: 401, json: { code: 'auth/required' } }),
    );
    expect(await verify(page)).toContain('Your session has ended');
    await page.unrouteAll();
  });
});

test('what a finding means stands in the page, for each that there is', async () => {
  const { text } = await ada.get('/audit/verify');
  const source = await readFile(join(import.meta.dirname, '../../api/console/scripts/findings.js'), 'utf8');
  const [, kinds = ''] = /@typedef \{([^}]+)\} Means/.exec(source) ?? [];
  const named = [...kinds.matchAll(/'([a-z]+)'/g)].map(([, means]) => means);
  expect(named.length).toBeGreaterThan(5);
  expect([...text.matchAll(/data-part="means-([a-z]+)"/g)].map(([, means]) => means).sort()).toEqual(
    named.sort(),
  );
});

test('a head that the auditor kept elsewhere is held against the log as well', async () => {
  const { rows } = await site.db.owner.query<{ note: string }>(
    'select note from audit_checkpoint order by size limit 1',
  );
  const note = rows[0]?.note ?? '';
  const fresh = await opened();
  const check = async (text: string) => {
    await fresh.locator('#key').fill(key);
    if (!(await fresh.locator('#checkpoint').isVisible())) await fresh.getByText('Only a range').click();
    await fresh.locator('#checkpoint').fill(text);
    await fresh.getByRole('button', { name: 'Verify', exact: true }).click();
    await fresh.locator('form[data-check]:not([data-busy])').waitFor();
    return await said(fresh);
  };
  // As it is copied from a terminal.
  expect(await check(`\n${note.trim()}`)).toMatch(/The log is whole.*Heads of your own\s+1/s);
  const other = note.replace(/\n(\d+)\n.{8}/, '\n$1\nAAAAAAAA');
  expect(await check(other)).toContain('a checkpoint you kept (size 301): its signature does not fit');
  await fresh.context().close();
});

describe('the key', () => {
  test('is what the auditor brings: another one, or none, proves nothing', async () => {
    expect(await verify(page, { key: 'nonsense' })).toContain('That is no key');
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    expect(await verify(page, { key: other })).toContain('This key is of the log example.com/foo');
    const strange = formatVerifierKey(verifierKey(origin, signerOf(new Uint8Array(32).fill(7)).publicKey));
    const text = await verify(page, { key: strange });
    expect(text).toContain('it is not signed with this key');
    expect(text).toContain('which never handed over to the one that was given');
    expect(text).toContain('the key is not the one of this log');
  });

  test('is remembered only when that was asked, and comes from a file as well', async () => {
    const fresh = await opened();
    await fresh
      .locator('#key-file')
      .setInputFiles({ name: 'key', mimeType: 'text/plain', buffer: Buffer.from(`${key}\n`) });
    await expect.poll(() => fresh.locator('#key').inputValue()).toContain(key);
    await fresh.getByRole('button', { name: 'Verify', exact: true }).click();
    await fresh.getByText('The log is whole').waitFor();
    await fresh.reload();
    expect(await fresh.locator('#key').inputValue()).toBe('');
    await fresh.locator('#key').fill(key);
    await fresh.getByLabel('Remember the key in this browser').check();
    await fresh.getByRole('button', { name: 'Verify', exact: true }).click();
    await fresh.getByText('The log is whole').waitFor();
    await fresh.reload();
    expect(await fresh.locator('#key').inputValue()).toBe(key);
    await fresh.context().close();
  });

  test('that only the server names is never used unasked, and marked as its word', async () => {
    const fresh = await opened();
    expect(await fresh.locator('#key').inputValue()).toBe('');
    await fresh.getByText('I was given none').click();
    await fresh.getByRole('button', { name: 'Use the server' }).click();
    await fresh.getByRole('button', { name: 'Verify', exact: true }).click();
    await fresh.getByText('The log is whole').waitFor();
    expect(await said(fresh)).toContain("The key is the server's own word.");
    await fresh.context().close();
  });
});

describe('a browser', () => {
  test('that asked too often waits as long as it is told to, and goes on', async () => {
    let refusals = 0;
    await page.route('**/v1/audit/entries*', async (route) => {
      refusals += 1;
      if (refusals > 1) return route.continue();
      const json = { code: 'request/rate-limited' };
      await route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json });
    });
    expect(await verify(page)).toContain('The log is whole');
    expect(refusals).toBeGreaterThan(1);
    await page.unrouteAll();
  });

  test('that is told to stop judges nothing', async () => {
    const release = Promise.withResolvers<void>();
    await page.route('**/v1/audit/entries*', async (route) => {
      await release.promise;
      await route.abort();
    });
    await page.goto(`${site.url}/audit/verify`);
    await page.locator('#key').fill(key);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped. Nothing was judged.').waitFor();
    release.resolve();
    await page.unrouteAll({ behavior: 'wait' });
    expect(await verify(page)).toContain('The log is whole');
  });

  test.each([
    ['without scripts', { javaScriptEnabled: false }, '', 'this browser runs no scripts'],
    [
      'on a page without https',
      {},
      "Object.defineProperty(window, 'isSecureContext', { value: false })",
      'only on pages that came over https',
    ],
    [
      'that cannot check such signatures',
      {},
      "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))",
      'cannot check the signatures of the log (Ed25519)',
    ],
  ])('%s says that nothing can be checked, and the command that can', async (_, options, before, why) => {
    const fresh = await opened(options);
    if (before !== '') await fresh.addInitScript(before);
    await fresh.goto(`${site.url}/audit/verify`);
    const notice = fresh.getByText('Nothing can be checked here').filter({ visible: true });
    await notice.waitFor();
    const text = await said(fresh);
    expect(text).toContain(why);
    expect(text).toContain("riposte audit verify log --key '…'");
    expect(await fresh.locator('form[data-check]').isVisible()).toBe(false);
    await fresh.context().close();
  });

  test('says when a log that it knows is not named any more', async () => {
    await page.evaluate(() =>
      localStorage.setItem(
        'riposte.log.soar.example/audit/0',
        '{"head":{"note":"x","size":7,"at":"2026-01-01T00:00:00Z"}}',
      ),
    );
    await page.goto(`${site.url}/audit/verify`);
    const about = (name: string) => said(page, `[data-kept] li:has-text("${name}")`);
    expect(await about('audit/0')).toContain('The server does not name this log any more');
    expect(await about('audit/1')).not.toContain('any more');
  });
});

/** For people to look at: both themes, on a desk and on a phone. */
async function pictures(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [where, width] of [
      ['desk', 1280],
      ['phone', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${where}.png`, fullPage: true });
      const widest = await page.evaluate('document.documentElement.scrollWidth');
      expect(widest, `${name} on a ${where}`).toBeLessThanOrEqual(width);
    }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 844 });
}
