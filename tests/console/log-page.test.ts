import { afterAll, beforeAll, expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { fork } from '../audit/fork-log.ts';
import { keysOf, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { riposte } from '../cli/start-cli.ts';
import { openBrowser } from '../support/chromium.ts';
import { releaseAfter } from '../support/release-after.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { answerOrders } from './order-use-cases.ts';
import { startConsole, type Visitor } from './start-console.ts';

/*
 * People who are held read why on every page, and two of them end it: one in the console, the other one at a
 * terminal with a fresh link. The use cases are the real ones.
 */

const site = await startConsole();
const { db } = site;
let sequencer: ReturnType<typeof sequencerOf>;
let ada: Visitor;
let vic: Visitor;

beforeAll(async () => {
  answerOrders(site);
  ada = await site.signIn('Ada', ['operator']);
  vic = await site.signIn('Vic', ['viewer']);
  const root = await temporaryFolder();
  await fork(db, root);
  const places = [anchorDirectory(root)];
  sequencer = sequencerOf(db.sequencer, {
    keys: keysOf(testSigner),
    places,
    limits: { pollMs: 10, idlePollMs: 20 },
  });
  await sequencer.start();
  await until(
    async () => (await db.owner.query('select 1 from audit_doubt')).rowCount === 1,
    'it is said why',
  );
});
afterAll(() => sequencer.stop());

it('every page says that the log holds, and leads to why', async () => {
  const home = (await vic.get('/')).text;
  expect(home).toContain('The audit log is in doubt: nothing is contained or eradicated.');
  expect(home).toContain('href="/audit/log"');
  const page = (await vic.get('/audit/log')).text;
  expect(page).toMatch(/holds a checkpoint of 17 entries, the database has only 12/);
  expect(page).toMatch(/file:\/\/\/[^<]*<\/span>[\s\S]*?17/);
  expect(page).toContain('Two operators have to do it.');
  expect(page).not.toContain('<form method="post" action="/audit/log');
  expect((await vic.post('/audit/log/propose', { reason: 'me too' })).status).toBe(403);
});

it('one proposes in the console, says why, and cannot confirm it', async () => {
  expect((await ada.post('/audit/log/propose', { reason: ' ' })).status).toBe(422);
  const proposed = await ada.post('/audit/log/propose', { reason: 'the disk <b>was</b> lost' });
  expect(proposed.headers.get('location')).toBe('/audit/log');
  const page = (await ada.get('/audit/log')).text;
  expect(page).toContain('the disk &lt;b&gt;was&lt;/b&gt; lost');
  expect(page).toContain('A second person has to read it here and confirm.');
  expect(page).toMatch(/The proposal ends <time datetime="[^"]*">in 24 h/);
  const digest = /name="digest" value="(sha256:[0-9a-f]{64})"/.exec(
    (await (await site.signIn('Bo', ['admin'])).get('/audit/log')).text,
  )?.[1];
  const own = await ada.post('/audit/log/confirm', { digest: digest ?? '' });
  expect(own.status).toBe(403);
  expect(own.text).toContain('a second person has to');
});

it('the other one confirms at a terminal, with a fresh link, what it showed', async () => {
  const { secret } = await site.link('Cy', ['operator']);
  const token = (await site.identity.createToken(
    { actor: { kind: 'system', id: 'test', channel: 'engine' } },
    { personId: null, name: 'reader', roles: ['auditor'] },
  )) as { secret: string };
  const env = { RIPOSTE_URL: site.url, RIPOSTE_TOKEN: token.secret };
  const shown = await riposte(['audit', 'incarnation', 'show'], env);
  expect(shown).toMatchObject({ code: 0 });
  const digest = /sha256:[0-9a-f]{64}/.exec(shown.stdout)?.[0] ?? '';
  expect(shown.stdout).toContain('17 entries');
  const confirm = ['audit', 'incarnation', 'confirm', digest, '--sign-in'];
  const wrong = await riposte([...confirm, `${site.url}/sign-in/nonsense`], env);
  expect(wrong.code).toBe(3);
  const confirmed = await riposte([...confirm, `${site.url}/sign-in/${secret}`], env);
  expect(confirmed).toMatchObject({ code: 0 });
  expect(confirmed.stdout).toContain('confirmed');
  await until(() => sequencer.status().state === 'leading', 'the new log is led');
  const page = (await vic.get('/audit/log')).text;
  expect(page).toContain('Nothing is held by the log');
  expect(page).toMatch(/2-[0-9a-f]{8}/);
  expect((await vic.get('/')).text).not.toContain('in doubt');
});

it('the closed log is still read, entry by entry, and verified by itself', async () => {
  const eve = await site.signIn('Eve', ['auditor']);
  const all = (await eve.get('/audit')).text;
  expect(all).toMatch(/<option value="1">1<\/option>/);
  const closed = (await eve.get('/audit?log=1')).text;
  expect(closed).toContain('is closed: nothing is added');
  expect(closed).toContain('href="/audit/11?log=1"');
  expect(closed).not.toContain('href="/audit/12?log=1"');
  const entry = (await eve.get('/audit/11?log=1')).text;
  expect(entry).toContain('Recomputed, fits');
  expect(entry).toContain('href="/audit/10?log=1"');
  expect((await eve.get('/audit/12?log=1')).status).toBe(404);
  // What nobody offered is the newest one.
  expect((await eve.get('/audit?log=%27--')).text).not.toContain('is closed');
  const asked: (string | null)[] = [];
  site.useCases.answer('verifyAudit', async (_caller, log) => {
    asked.push(log);
    const found = {
      ok: true,
      log: log ?? '',
      size: 0,
      root: '',
      keys: [],
      checkpoint: null,
      pending: 0,
      orders: { done: 0, unsigned: 0 },
      problems: [],
    };
    return found;
  });
  await eve.post('/audit/verify', { log: '1' });
  await eve.post('/audit/verify', { log: '' });
  expect(asked).toEqual(['1', null]);
});

it('the closed log is verified in a browser, and so is the one that follows it, each with its key', async () => {
  const eve = await site.signIn('Eve again', ['auditor']);
  const browser = await openBrowser();
  releaseAfter(() => browser.close());
  const context = await browser.newContext();
  const [name = '', value = ''] = eve.cookie.split('=');
  await context.addCookies([{ name, value, url: site.url }]);
  const page = await context.newPage();
  const { rows } = await site.db.owner.query<{ log: string; key: string }>(
    'select log_id as log, vkey as key from audit_log_meta order by incarnation',
  );
  expect(rows).toHaveLength(2);
  for (const [at, { log, key }] of rows.entries()) {
    await page.goto(`${site.url}/audit/verify`);
    if (at === 0) {
      await page.locator('select[name=log]').selectOption(log);
      await page.getByRole('button', { name: 'Choose', exact: true }).click();
      await page.getByText('which is closed').waitFor();
    }
    await page.locator('#key').fill(key);
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('The log is whole').waitFor();
  }
  // Each has its own head from before, and the key of one is not that of the other.
  expect(await page.locator('[data-kept] li').count()).toBe(2);
  await page.locator('#key').fill(rows[0]?.key ?? '');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.getByText('that is not the log of this page').waitFor();
});
