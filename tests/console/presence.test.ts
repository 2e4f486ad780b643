import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { screenshotFolder } from '../support/chromium.ts';
import { openLive, putAside } from './open-live.ts';
import type { Visitor } from './start-console.ts';

/* A card says who else has it open. Two processes over one database: each person is at another one of them. */

const live = { lookMs: 20, beatMs: 200, othersMs: 50 };
const here = await openLive({ live });
const there = await openLive({ live, db: here.site.db });
const { db } = here.site;
let kim: Visitor;
let bo: Visitor;
let folder: string;

beforeAll(async () => {
  kim = await here.site.signIn('Kim', ['approver'], ['soc-tier2']);
  bo = await there.site.signIn('Bo <b>Berg', ['approver'], ['soc-tier2']);
  folder = await screenshotFolder();
});

const others = (page: Page) => page.locator('[data-part="others"]');
const hasOpen = (page: Page, name: string) => others(page).getByText(`${name} opened this`).waitFor();

async function present(approvalId: string) {
  const { rows } = await db.owner.query<{ person: string; since: Date; seen: Date; left: Date | null }>(
    `select person_id as person, since, seen_at as seen, left_at as left from approval_presence where approval_id = $1`,
    [approvalId],
  );
  return rows;
}

async function entries(): Promise<number> {
  const { rows } = await db.owner.query<{ count: number }>(
    `select (select count(*) from audit_pending)::int + (select count(*) from audit_log)::int as count`,
    [],
  );
  return rows[0]?.count ?? -1;
}

/** As a script sends it. */
async function say(visitor: Visitor, approvalId: string, fields = {}, headers = {}) {
  const csrf = await visitor.csrf();
  return here.site.visit(`/a/${approvalId}/presence`, {
    method: 'POST',
    headers: { cookie: visitor.cookie, 'sec-fetch-site': 'same-origin', ...headers },
    body: new URLSearchParams({ csrf, ...fields }),
  });
}

describe('two people with one card', () => {
  test('are told of each other while they have it open, and that one has left', async () => {
    const { approvalId } = await here.ask('Isolate server BOTH?');
    const first = await here.open(kim, `/a/${approvalId}`);
    await first.getByRole('textbox', { name: /Comment/ }).fill('I am still reading');
    const second = await there.open(bo, `/a/${approvalId}`);
    await hasOpen(second, 'Kim');
    await hasOpen(first, 'Bo <b>Berg');
    // It is no change of the question: nothing locks, and what is written stays.
    expect(await first.locator('.is-locked, .changed').count()).toBe(0);
    expect(await first.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true);
    expect(await first.getByRole('textbox', { name: /Comment/ }).inputValue()).toBe('I am still reading');
    expect(await others(first).textContent()).not.toContain('Kim');
    for (const [name, width, colorScheme] of [
      ['desk', 1280, 'light'],
      ['phone', 390, 'dark'],
    ] as const) {
      await first.setViewportSize({ width, height: 800 });
      await first.emulateMedia({ colorScheme });
      await first.screenshot({ path: join(folder, `others-${name}.png`) });
    }
    await second.goto(`${there.site.url}/runs`);
    await others(first).getByText('Bo <b>Berg had this open').waitFor();
    expect(
      (await present(approvalId)).filter(({ left }) => left !== null).map(({ person }) => person),
    ).toEqual([bo.person.id]);
  });

  test('are told no more of one whose window is behind another, and again when it is not', async () => {
    const { approvalId } = await here.ask('Isolate server ASIDE?');
    const first = await here.open(kim, `/a/${approvalId}`);
    const second = await there.open(bo, `/a/${approvalId}`);
    await hasOpen(first, 'Bo <b>Berg');
    await putAside(second, true);
    await others(first).getByText('had this open').waitFor();
    await putAside(second, false);
    await hasOpen(first, 'Bo <b>Berg');
  });

  test('who are one person are told nothing', async () => {
    const { approvalId } = await here.ask('Isolate server ALONE?');
    await here.open(kim, `/a/${approvalId}`);
    const again = await there.open(kim, `/a/${approvalId}`);
    await expect.poll(async () => (await present(approvalId)).length).toBe(1);
    await again.reload();
    expect(await others(again).textContent()).toBe('');
  });
});

describe('nobody is taken to be there', () => {
  test('who has asked for the page, and whose browser runs no script', async () => {
    const { approvalId } = await here.ask('Isolate server QUIET?');
    for (const headers of [{}, { 'riposte-look': '1' }]) await kim.get(`/a/${approvalId}`, headers);
    const page = await here.open(kim, `/a/${approvalId}`, { javaScriptEnabled: false });
    await page.getByRole('heading', { name: 'Isolate server QUIET?' }).waitFor();
    expect(await present(approvalId)).toEqual([]);
    expect((await bo.get(`/a/${approvalId}`)).text).toContain('<div data-part="others"></div>');
  });

  test('of whom nothing was heard for a while, and after a while more they are not named', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    await say(kim, approvalId);
    const back = (seconds: number) =>
      db.owner.query(
        `update approval_presence set seen_at = seen_at - make_interval(secs => $2) where approval_id = $1`,
        [approvalId, seconds],
      );
    const card = async () => (await bo.get(`/a/${approvalId}`)).text.replace(/<[^>]*>/g, '');
    expect(await card()).toContain('Kim opened this');
    await back(101);
    expect(await card()).toContain('Kim had this open');
    await back(15 * 60);
    expect(await card()).not.toContain('Kim');
  });

  test('at a question that is closed, or that is none', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    await db.owner.query(
      `update approvals set state = 'denied', ended_at = clock_timestamp() where id = $1`,
      [approvalId],
    );
    for (const id of [approvalId, 'apr_none']) {
      expect((await say(kim, id)).status).toBe(204);
      expect(await present(id)).toEqual([]);
    }
    expect((await kim.get(`/a/${approvalId}`)).text).not.toMatch(/data-presence|presence\.js/);
  });

  test('without the form token, the origin and the right', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    expect((await say(kim, approvalId, { csrf: 'x' })).status).toBe(403);
    expect((await say(kim, approvalId, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const none = await here.site.signIn('Nobody', []);
    expect((await say(none, approvalId)).status).toBe(403);
    expect(await present(approvalId)).toEqual([]);
  });
});

describe('saying so', () => {
  test('writes no entry and one row, and not each time', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    const before = await entries();
    await say(kim, approvalId);
    const [first] = await present(approvalId);
    await say(kim, approvalId);
    expect(await present(approvalId)).toEqual([first]);
    await say(kim, approvalId, { left: '1' });
    await say(kim, approvalId);
    const [again, ...more] = await present(approvalId);
    expect([again?.left, more]).toEqual([null, []]);
    expect(again?.since.getTime()).toBeGreaterThan(first?.since.getTime() ?? 0);
    expect(await entries()).toBe(before);
  });

  test('is possible over the API, once for each reading', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    const door = { actor: { kind: 'person', id: bo.person.id, channel: 'api' } } as const;
    const token = { personId: bo.person.id, name: 'phone', roles: ['approver'] };
    const made = await here.site.identity.createToken(door, token);
    const service = await here.site.identity.createToken(door, { ...token, personId: null });
    for (const each of [made, service]) {
      const headers = { authorization: `Bearer ${each.ok ? each.secret : ''}` };
      const { status } = await here.site.visit(`/v1/approvals/${approvalId}/views`, {
        method: 'POST',
        headers,
      });
      expect(status).toBe(204);
    }
    expect((await present(approvalId)).map(({ person }) => person)).toEqual([bo.person.id]);
  });

  test('keeps no session going, and is counted with what pages ask by themselves', async () => {
    const { approvalId } = await seedWaitingRun(db.owner);
    const csrf = await kim.csrf();
    const seen = async () =>
      (
        await db.owner.query<{ at: string }>(
          'select max(seen_at)::text as at from sessions where person_id = $1',
          [kim.person.id],
        )
      ).rows[0]?.at;
    await db.owner.query(
      `update sessions set seen_at = seen_at - interval '5 minutes' where person_id = $1`,
      [kim.person.id],
    );
    const before = await seen();
    const { status, headers } = await here.site.visit(`/a/${approvalId}/presence`, {
      method: 'POST',
      headers: { cookie: kim.cookie, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ csrf }),
    });
    expect([status, headers.get('ratelimit-policy')]).toEqual([204, expect.stringContaining('"looks"')]);
    expect(await present(approvalId)).toHaveLength(1);
    expect(await seen()).toBe(before);
  });
});

test('three are named, those who have it open first, and the others counted', async () => {
  const { approvalId } = await seedWaitingRun(db.owner);
  for (let n = 1; n <= 7; n++) await say(await here.site.signIn(`Pat ${n}`, ['viewer']), approvalId);
  await db.owner.query(
    `update approval_presence l set left_at = clock_timestamp() from people p
     where p.id = l.person_id and p.name = 'Pat 7' and l.approval_id = $1`,
    [approvalId],
  );
  const text = (await kim.get(`/a/${approvalId}`)).text.replace(/<[^>]*>/g, '');
  expect(text).toMatch(/Pat 6 opened this .* · Pat 5 opened this .* · Pat 4 opened this .* · and 4 others/);
  const list = (await kim.get('/actions')).text.replace(/<[^>]*>/g, '');
  expect(list).toMatch(/Pat 6 opened this .* · and 5 others/);
});
