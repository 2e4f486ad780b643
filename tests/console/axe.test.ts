import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedGlass, seedWaitingRun } from '../api/seed.ts';
import { openBrowser } from '../support/chromium.ts';
import { seedEveryPage } from './every-page.ts';
import { openPage } from './open-page.ts';
import { startConsole, type Visitor } from './start-console.ts';
import { answerTried } from './tried.ts';

/*
 * What a program can judge of WCAG 2.2 AA, on every page, in both themes, on a phone and on a desk. Its text comes in
 * through the debugger, which no policy of a page stops.
 */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const everything = questionOf({ runOnly: levels });
/** All that a theme changes. */
const contrast = questionOf({ runOnly: { type: 'rule', values: ['color-contrast'] } });
const desk = { name: 'desk', size: { width: 1280, height: 800 } };
const phone = { name: 'phone', size: { width: 390, height: 844 } };

function questionOf(asked: object): string {
  return `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...asked })}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html.slice(0, 200) + ' ' + node.failureSummary)))`;
}

const site = await startConsole();
const seeded = await seedEveryPage(site.db);
const kim = await site.signIn('Kim', ['admin', 'break-glass'], ['soc-tier2']);
const { approvalId, runId } = seeded;
const held = await seedWaitingRun(site.db.owner);
await site.db.owner.query(
  `update approvals set held_by = 'guardrails:hosts', held_reason = 'A wave' where id = $1`,
  [held.approvalId],
);
const grave = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
const broken = await seedWaitingRun(site.db.owner);
await seedGlass(site.db.owner, broken.approvalId, kim.person.id, 'It is being encrypted and nobody answers');
const token = { personId: null, name: 'siem', roles: ['viewer' as const] };
await site.identity.createToken({ actor: { kind: 'person', id: kim.person.id, channel: 'api' } }, token);

const pat = await site.signIn('Pat', ['approver']);
await site.db.owner.query(
  `insert into approval_presence (tenant_id, approval_id, person_id, since, seen_at)
   values ('default', $1, $2, clock_timestamp(), clock_timestamp() + interval '1 hour')`,
  [approvalId, pat.person.id],
);
const door = { actor: { kind: 'person', id: pat.person.id, channel: 'console' } } as const;
await site.identity.createToken(door, { ...token, personId: pat.person.id });
const [event] = (await site.identity.listAccountEvents(pat.person.id, { limit: 1 })).items;
await site.identity.disputeEvents(door, pat.person.id, [event?.id ?? '']);

/** Those that are pages; the others only lead to one. */
const pages: string[] = [];
for (const path of seeded.gets) if ((await kim.get(path)).status === 200) pages.push(path);
pages.push(
  `/a/${grave.approvalId}`,
  `/a/${broken.approvalId}`,
  '/actions?tab=unknown&all=1',
  '/actions?tab=progress&reads=1',
  '/actions?tab=history&reads=1',
  '/incidents?status=all&severity=all',
  '/search?q=db-1',
  '/search?q=nothing',
  '/held?budget=guardrails:hosts',
  '/runs?status=failed',
  ...['graph', 'time', 'raw'].map((view) => `/runs/${seeded.runId}?view=${view}&step=run%2Fasset`),
  `/runs/${seeded.runId}?step=run%2Fnone`,
  '/runs/run_none',
  `/settings/account?of=${pat.person.id}`,
);

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await openPage(browser, site, kim);
});

afterAll(() => browser?.close());

/** From here on the page is somebody else's, or nobody's. */
async function becomes(visitor: Visitor | null): Promise<void> {
  await page.context().close();
  page = await openPage(browser, site, visitor ?? kim);
  if (visitor === null) await page.context().clearCookies();
}

/** Of the page as it stands. */
async function violations(shapes = [desk, phone]): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(axe);
  for (const { name, size } of shapes) {
    await page.setViewportSize(size);
    for (const [colorScheme, question] of [
      ['light', everything],
      ['dark', contrast],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      const said = await page.evaluate<string[]>(question);
      found.push(...said.map((each) => `${name}, ${colorScheme}: ${each}`));
    }
  }
  return found;
}

test('it finds what is wrong', async () => {
  await page.setContent('<html><img src="x"><p style="color: #888; background: #999">grey</p></html>');
  const found = await violations();
  const of = (shape: string) =>
    found.filter((each) => each.startsWith(shape)).map((each) => each.split(': ')[1]);
  expect(of('desk, light')).toEqual(expect.arrayContaining(['image-alt', 'html-has-lang', 'color-contrast']));
  expect(of('phone, dark')).toEqual(['color-contrast']);
});

test('the bar about the account and who else looks on are on what is judged', async () => {
  await page.goto(`${site.url}/a/${approvalId}`);
  const said = await page.locator('main').textContent();
  for (const words of ['This happened to your account', 'Pat opened this']) expect(said).toContain(words);
});

describe('nothing is wrong', () => {
  test.each(pages)('with %s', async (path) => {
    await page.goto(site.url + path);
    expect(await violations()).toEqual([]);
  });

  test('in the steps of a decision, and when something is missing', async () => {
    site.useCases.answer('decideApproval', async () => ({
      ok: false,
      code: 'approval/comment-required',
      detail: 'say why',
    }));
    await page.goto(`${site.url}/a/${grave.approvalId}`);
    await page.getByRole('button', { name: 'Deny', exact: true }).click();
    await page.getByText('Say why you deny it.').first().waitFor();
    expect(await violations(), 'no comment').toEqual([]);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('.bar .act').waitFor();
    expect(await violations(), 'second step').toEqual([]);
    await page.getByLabel('Type the name of the target').fill('db');
    await page.locator('.bar .act').click();
    await page.getByText('Type DB-1 exactly').first().waitFor();
    expect(await violations(), 'wrong name').toEqual([]);
  });

  test('when several are decided together', async () => {
    await page.goto(`${site.url}/actions`);
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByRole('button', { name: 'Read and decide' }).click();
    await page.waitForURL(`${site.url}/actions/chosen`);
    expect(await violations(), 'chosen').toEqual([]);
    await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
    await page.waitForURL(`${site.url}/actions/decisions`);
    expect(await violations(), 'decided').toEqual([]);
  });

  test('when a playbook was tried on an alert, and on those of a month', async () => {
    answerTried(site.useCases);
    await page.goto(`${site.url}/playbooks/isolate-host/plan?alert=alr_1`);
    await page.evaluate(`for (const each of document.querySelectorAll('main details')) each.open = true`);
    expect(await violations(), 'plan').toEqual([]);
    await page.goto(`${site.url}/alerts/${seeded.alertId}/plan`);
    expect(await violations(), 'explained').toEqual([]);
    await page.goto(`${site.url}/playbooks/isolate-host/backtest`);
    await page.getByRole('button', { name: 'Play them' }).click();
    await page.getByText('were played').first().waitFor();
    expect(await violations(), 'backtest').toEqual([]);
  });

  test('when the log was verified, and when a reason was missing', async () => {
    await page.goto(`${site.url}/audit/verify`);
    await page.getByRole('button', { name: 'Let the server verify it' }).click();
    await page.getByText('Entries recomputed').waitFor();
    expect(await violations(), 'verified').toEqual([]);
    await page.goto(`${site.url}/settings`);
    await page.locator('form[action="/settings/pause"] textarea').fill(' ');
    await page.getByRole('button', { name: 'Pause everything' }).click();
    await page.waitForURL(`${site.url}/settings/pause`);
    expect(await violations(), 'no reason').toEqual([]);
  });

  test('while everything is stopped and paused', async () => {
    await site.db.owner.query(
      `insert into stops (tenant_id, scope, subject, active, set_by, set_at, reason)
       values ('default', 'everything', '*', true, 'per_x', clock_timestamp(), 'wrong hosts were isolated')
       on conflict (tenant_id, scope, subject) do update set active = true, reason = excluded.reason`,
    );
    await site.db.owner.query(
      `update pauses set active = true, set_by = 'Bo', set_at = now(), reason = 'moving'`,
    );
    for (const path of ['/', '/settings', `/a/${approvalId}`]) {
      await page.goto(site.url + path);
      expect(await violations(), path).toEqual([]);
    }
    await site.db.owner.query('update stops set active = false');
    await site.db.owner.query('update pauses set active = false');
  });

  test('with everything unfolded, the menu and the list of keys', async () => {
    for (const path of [`/a/${approvalId}`, `/runs/${runId}`]) {
      await page.goto(site.url + path);
      await page.evaluate(`for (const each of document.querySelectorAll('main details')) each.open = true`);
      expect(await violations(), path).toEqual([]);
    }
    await page.setViewportSize(phone.size);
    await page.getByText('Menu', { exact: true }).click();
    expect(await violations([phone]), 'menu').toEqual([]);
    await page.goto(`${site.url}/`);
    await page.keyboard.press('?');
    expect(await violations(), 'keys').toEqual([]);
  });

  test('with what a viewer sees and is refused', async () => {
    await becomes(await site.signIn('Vic', ['viewer']));
    for (const path of ['/', `/a/${approvalId}`, `/runs/${runId}`, '/settings', '/settings/tokens']) {
      await page.goto(site.url + path);
      expect(await violations(), path).toEqual([]);
    }
  });

  test('for whoever is not signed in', async () => {
    await becomes(null);
    const { secret } = await site.link('Lin', ['viewer']);
    for (const path of [...seeded.open, '/', `/a/${approvalId}`, `/sign-in/${secret}`]) {
      await page.goto(site.url + path);
      expect(await violations(), path).toEqual([]);
    }
  });
});

test('a page asks again by itself only while something is under way on it', async () => {
  const asking: string[] = [];
  for (const path of pages)
    if ((await kim.get(path)).text.includes('http-equiv="refresh"')) asking.push(path);
  expect(asking).toEqual([expect.stringMatching(/^\/incidents\/.*\/undo$/), `/a/${broken.approvalId}`]);
});
