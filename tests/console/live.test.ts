import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { screenshotFolder } from '../support/chromium.ts';
import { openLive, putAside, vote } from './open-live.ts';
import type { Visitor } from './start-console.ts';

/* Pages that are open while something happens, in a real browser over the real stream. Nothing here looks at a clock. */

const { site, seal, open, ask, grant } = await openLive();
let kim: Visitor;
let folder: string;

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  folder = await screenshotFolder();
});

const approver = (name: string) => site.signIn(name, ['approver'], ['soc-tier2']);

describe('a list', () => {
  test('keeps its rows where they are: new ones wait behind a button, one that is gone is marked, ticks stay', async () => {
    const [goes, stays] = [await ask('Isolate server GOES?'), await ask('Isolate server STAYS?')];
    const page = await open(kim, '/actions');
    await page.getByLabel('Choose: Isolate server STAYS?').check();
    await page.getByLabel('Choose: Isolate server GOES?').check();
    const row = page.locator(`[data-key="${stays.approvalId}"]`);
    const before = await row.boundingBox();
    await grant(goes, (await approver('Ann')).person.id);
    await page.getByText('Not in this list any more').waitFor();
    const gone = page.getByLabel('Choose: Isolate server GOES?');
    expect([await gone.isChecked(), await gone.isDisabled()]).toEqual([false, true]);
    const fresh = await ask('Isolate server <b>NEW</b>?');
    await page.getByRole('button', { name: '1 new: show it' }).waitFor();
    expect(await page.title()).toBe('(1) Action center · Riposte');
    expect(await page.locator(`[data-key="${fresh.approvalId}"]`).count()).toBe(0);
    expect(await row.boundingBox()).toEqual(before);
    expect(await page.getByLabel('Choose: Isolate server STAYS?').isChecked()).toBe(true);
    await page.screenshot({ path: join(folder, 'list.png'), fullPage: true });
    await ask('Isolate server NEWER?');
    await page.getByRole('button', { name: '2 new: show them' }).click();
    await page.getByText('Isolate server NEWER?').waitFor();
    expect(await page.getByText('Isolate server <b>NEW</b>?').isVisible()).toBe(true);
    expect(await page.getByText('Isolate server GOES?').count()).toBe(0);
    expect(await page.getByLabel('Choose: Isolate server STAYS?').isChecked()).toBe(true);
    expect(await page.getByLabel('Choose: Isolate server NEWER?').isChecked()).toBe(false);
    expect(await page.title()).toBe('Action center · Riposte');
  });

  test('says new words in the row that is there', async () => {
    const { runId } = await ask('Isolate server ROW?');
    const page = await open(kim, '/runs');
    const link = page.locator(`[data-key="${runId}"] a`).first();
    await link.focus();
    await site.db.owner.query(
      `update runs set state = 'succeeded', ended_at = clock_timestamp() where id = $1`,
      [runId],
    );
    await seal({ type: 'run.finished', runId });
    await page.locator(`[data-key="${runId}"]`, { hasText: 'Succeeded' }).waitFor();
    expect(await page.evaluate(`document.activeElement.closest('[data-key]').dataset.key`)).toBe(runId);
  });

  test('that nobody looks at asks nothing, and knows all of it when somebody comes back', async () => {
    const page = await open(kim, '/actions');
    await putAside(page, true);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await ask('Isolate server ASIDE?');
    // It would have been told by now: another window is.
    const other = await open(kim, '/actions');
    await ask('Isolate server SECOND?');
    await other.getByRole('button', { name: '1 new: show it' }).waitFor();
    expect(asked).toEqual([]);
    await putAside(page, false);
    await page.getByRole('button', { name: '2 new: show them' }).waitFor();
    expect(asked.filter((url) => url.includes('/v1/stream'))).toEqual([
      expect.stringMatching(/&from=1-\d+$/),
    ]);
  });

  test('says when it is not up to date, and is again when the connection is back', async () => {
    const page = await open(kim, '/actions');
    await page.context().setOffline(true);
    site.breakConnections();
    await page.getByText(/Not up to date since \d/).waitFor();
    await ask('Isolate server MEANWHILE?');
    await page.screenshot({ path: join(folder, 'old.png') });
    await page.context().setOffline(false);
    await page.getByRole('button', { name: '1 new: show it' }).waitFor();
    await page.getByText(/Not up to date since/).waitFor({ state: 'hidden' });
  });
});

describe('a question', () => {
  test('that somebody else decided locks, says who, and keeps what was being written', async () => {
    const asked = await ask('Isolate server CARD?');
    const page = await open(kim, `/a/${asked.approvalId}`);
    await page.getByLabel('Comment').fill('I was about to say');
    await grant(asked, (await approver('Bo <i>')).person.id);
    await page.getByText('Bo <i> approved this').waitFor();
    for (const name of ['Deny', 'Approve'])
      expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
    expect(await page.getByLabel('Comment').inputValue()).toBe('I was about to say');
    await page.screenshot({ path: join(folder, 'card.png') });
    const calls = site.useCases.calls.length;
    await page.evaluate('document.querySelector("form.bar").requestSubmit()');
    while ((await page.getByText('What followed').count()) === 0)
      await page.getByRole('button', { name: 'Show it' }).click();
    expect(await page.getByText('I was about to say').isVisible()).toBe(true);
    expect(await page.locator('form.bar').count()).toBe(0);
    expect(site.useCases.calls.length).toBe(calls);
  });

  test('takes nothing that is pressed just after it changed, and gives back the comment, on the second step as well', async () => {
    const asked = await ask('Isolate server TWICE?', { quorum: 2 });
    const page = await open(kim, `/a/${asked.approvalId}`);
    await page.getByLabel('Comment').fill('Seen by me');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.waitForURL(/confirm$/);
    await page.clock.install();
    await page.reload();
    await page.waitForURL(/confirm$/);
    await vote(site, asked.approvalId, (await approver('Cy')).person.id);
    await seal({ type: 'approval.voted', runId: asked.runId, approvalId: asked.approvalId });
    await page.getByText('1 of 2 approvals are there').waitFor();
    expect(await page.getByRole('button', { name: 'Isolate server TWICE now' }).isDisabled()).toBe(true);
    await page.clock.fastForward(1_000);
    await page.clock.pauseAt(Date.now() + 600_000);
    await page.getByRole('button', { name: 'Show it' }).click();
    const approve = page.getByRole('button', { name: 'Approve', exact: true });
    await approve.waitFor();
    expect(await page.getByLabel('Comment').inputValue()).toBe('Seen by me');
    // A page that is left has no such number any more.
    await page.evaluate(`window.sent = 0; document.addEventListener('submit', () => { window.sent += 1; })`);
    await page.clock.runFor(599);
    await approve.click();
    expect(await page.evaluate('window.sent')).toBe(0);
    await page.clock.runFor(1);
    await approve.click();
    await page.locator('form.bar.confirm').waitFor();
  });

  test('that has more time says so, and nothing else changes', async () => {
    const asked = await ask('Isolate server LONGER?');
    const page = await open(kim, `/a/${asked.approvalId}`);
    await page.getByLabel('Comment').fill('Still writing');
    await site.db.owner.query(
      `update approvals set approve_before = approve_before + interval '15 minutes', extended_at = clock_timestamp()
       where id = $1`,
      [asked.approvalId],
    );
    await seal({ type: 'approval.extended', runId: asked.runId, approvalId: asked.approvalId });
    await page.locator('.expiry', { hasText: 'in 1 h' }).waitFor();
    expect(await page.getByRole('button', { name: 'Approve', exact: true }).isEnabled()).toBe(true);
    expect(await page.locator('.changed').count()).toBe(0);
    expect(await page.getByLabel('Comment').inputValue()).toBe('Still writing');
  });
});

describe('a run that is under way', () => {
  test('goes on in place: what is unfolded stays so, and only browsers without script ask for it anew', async () => {
    const { runId } = await ask('Isolate server RUN?');
    await site.db.owner.query(`update runs set state = 'running' where id = $1`, [runId]);
    const page = await open(kim, `/runs/${runId}`);
    expect((await kim.get(`/runs/${runId}`)).text).toContain(
      '<noscript><meta http-equiv="refresh" content="5"></noscript>',
    );
    await page.getByText('What the run was given').click();
    await page.evaluate('window.same = true');
    await site.db.owner.query(
      `update runs set state = 'succeeded', ended_at = clock_timestamp() where id = $1`,
      [runId],
    );
    await seal({ type: 'run.finished', runId });
    await page.getByRole('link', { name: 'Take back what it did' }).waitFor();
    expect(await page.getByText('host_id').first().isVisible()).toBe(true);
    expect(await page.evaluate('window.same')).toBe(true);
  });
});
