import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { record, sequencerOf } from '../audit/open-log.ts';
import { openBrowser } from '../support/chromium.ts';
import { type ConsoleUnderTest, startConsole, type Visitor } from './start-console.ts';

export type Seeded = Awaited<ReturnType<typeof seedWaitingRun>>;

const desk = { width: 1280, height: 800 };

/** A console with the real stream, a browser, and the engine's part by hand: rows, and the entries that say so. */
export async function openLive(options: Parameters<typeof startConsole>[0] = {}) {
  const site = await startConsole({ live: { lookMs: 20, beatMs: 200 }, ...options });
  const sequencer = sequencerOf(site.db.sequencer);
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  async function seal(...drafts: Omit<EntryDraft, 'actor'>[]): Promise<void> {
    const actor = { kind: 'system', id: 'engine', channel: 'engine' } as const;
    await record(
      site.db,
      drafts.map((draft) => ({ actor, ...draft })),
    );
    await sequencer.flush();
  }
  return {
    site,
    seal,
    /** Signed in as that person, with the session's cookie and nothing else. */
    async open(who: Visitor, path: string, more: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: desk, ...more });
      const page = await context.newPage();
      page.on('pageerror', (error) => console.error(error));
      await useSession(page, site, who);
      await page.goto(site.url + path);
      return page;
    },
    async ask(question: string, more: Parameters<typeof seedWaitingRun>[1] = {}): Promise<Seeded> {
      const seeded = await seedWaitingRun(site.db.owner, { question, ...more });
      await seal({ type: 'approval.requested', runId: seeded.runId, planDigest: seeded.digest });
      return seeded;
    },
    async grant({ approvalId, runId }: Seeded, personId: string): Promise<void> {
      await vote(site, approvalId, personId);
      await site.db.owner.query(
        `update approvals set state = 'granted', ended_at = clock_timestamp() where id = $1`,
        [approvalId],
      );
      await seal({ type: 'approval.granted', runId, approvalId });
    },
  };
}

export async function useSession(page: Page, { url }: ConsoleUnderTest, { cookie }: Visitor): Promise<void> {
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url, sameSite: 'Strict' }]);
}

export async function vote({ db }: ConsoleUnderTest, approvalId: string, personId: string): Promise<void> {
  await db.owner.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest)
     select tenant_id, 'dec_' || $2 || id, id, $2, 'approve', digest from approvals where id = $1`,
    [approvalId, personId],
  );
}

/** As when its window is behind another one. Browsers without a screen never do that by themselves. */
export async function putAside(page: Page, aside: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${aside} });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}
