import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { screenshotFolder } from '../support/chromium.ts';
import { openLive, putAside, useSession } from './open-live.ts';

/* The end of a session, and of the time to decide, as an open page says them. */

const { site, seal, open, ask } = await openLive();
let folder: string;

beforeAll(async () => {
  folder = await screenshotFolder();
});

const approver = (name: string) => site.signIn(name, ['approver'], ['soc-tier2']);

/** The last request was that long ago. */
async function idle(personId: string, minutes: number): Promise<void> {
  await site.db.owner.query(
    `update sessions set seen_at = clock_timestamp() - $2 * interval '1 minute' where person_id = $1`,
    [personId, minutes],
  );
}

describe('a session', () => {
  test('that is over is said, what is being written stays, and after a new sign-in it can be sent', async () => {
    const kim = await approver('Kim');
    const asked = await ask('Isolate server OVER?');
    const page = await open(kim, '/signed-out');
    await page.clock.install();
    await page.goto(`${site.url}/a/${asked.approvalId}`);
    await page.getByLabel('Comment').fill('Half a sentence');
    await site.identity.endSession(kim.cookie.slice('riposte='.length));
    await page.getByText('Your session is over.').waitFor();
    await page.screenshot({ path: join(folder, 'over.png') });
    expect(await page.getByLabel('Comment').inputValue()).toBe('Half a sentence');
    // Nobody is there to be let in, so nobody knocks.
    const knocks: string[] = [];
    page.on('request', (request) => knocks.push(request.url()));
    await page.clock.runFor(600_000);
    expect(knocks).toEqual([]);
    const made = await site.identity.createSignInLink(
      { actor: { kind: 'system', id: 'test', channel: 'engine' } },
      kim.person.id,
    );
    if (!made.ok) throw new Error(made.detail);
    const tab = await page.context().newPage();
    await tab.goto(`${site.url}/sign-in/${made.secret}`);
    await tab.getByRole('button', { name: 'Sign in as Kim' }).click();
    await tab.waitForURL(`${site.url}/`);
    await putAside(page, false);
    await page.getByText('Your session is over.').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('button', { name: 'Isolate server OVER now' }).waitFor();
  });

  test('is not gone on with by somebody else', async () => {
    const [kim, eve] = [await approver('Kim'), await approver('Eve')];
    const page = await open(kim, '/actions');
    await useSession(page, site, eve);
    await ask('Isolate server OTHER?');
    await page.getByText('Somebody else is signed in here now.').waitFor();
    expect(await page.getByText('Isolate server OTHER?').count()).toBe(0);
    expect(await page.getByRole('button', { name: /new: show/ }).count()).toBe(0);
  });

  test('that ends soon is said, looking on lets it end, and a button keeps it', async () => {
    const kim = await approver('Kim');
    const page = await open(kim, '/actions');
    await page.getByRole('heading', { name: 'Action center' }).waitFor();
    await idle(kim.person.id, 29);
    await ask('Isolate server SOON?');
    await page.getByText(/Your session ends at \d.*because nobody/).waitFor();
    await page.screenshot({ path: join(folder, 'ending.png') });
    await page.getByRole('button', { name: 'Stay signed in' }).click();
    await page
      .getByText(/Your session ends at/)
      .first()
      .waitFor({ state: 'hidden' });
    const { rows } = await site.db.owner.query<{ fresh: boolean }>(
      `select seen_at > clock_timestamp() - interval '1 minute' as fresh from sessions where person_id = $1`,
      [kim.person.id],
    );
    expect(rows).toEqual([{ fresh: true }]);
  });

  test('that no request can keep says how to go on', async () => {
    const kim = await approver('Kim');
    const page = await open(kim, '/runs');
    await site.db.owner.query(
      `update sessions set expires_at = clock_timestamp() + interval '1 minute' where person_id = $1`,
      [kim.person.id],
    );
    await seal({ type: 'run.finished', runId: (await ask('Isolate server LATEST?')).runId });
    await page.getByText(/Your session ends at \d.*no session lasts longer/).waitFor();
    expect(await page.getByRole('button', { name: 'Stay signed in' }).isVisible()).toBe(false);
  });
});

describe('the time to decide', () => {
  test('is told at ten, five and one minute, and at no other', async () => {
    const kim = await approver('Kim');
    const asked = await ask('Isolate server TIME?');
    const page = await open(kim, '/signed-out');
    await page.clock.install();
    await page.goto(`${site.url}/a/${asked.approvalId}`);
    await page.evaluate(`
      window.told = [];
      const region = document.querySelector('.unseen[role="status"]');
      new MutationObserver(() => {
        const words = region.innerText.trim();
        if (words !== '' && words !== window.told.at(-1)) window.told.push(words);
      }).observe(region, { subtree: true, attributes: true, childList: true, characterData: true });
    `);
    for (let minute = 0; minute < 61; minute++) await page.clock.runFor(60_000);
    expect(await page.evaluate('window.told')).toEqual([
      '10 minutes left to decide.',
      '5 minutes left to decide.',
      '1 minute left to decide.',
    ]);
  });
});
