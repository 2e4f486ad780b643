import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/chromium.ts';
import { seedEveryPage } from './every-page.ts';
import { openPage } from './open-page.ts';
import { startConsole } from './start-console.ts';
import { answerTried } from './tried.ts';

/* Pages on which a playbook is tried: on one alert, and on those of the last weeks. */

const read: unknown[] = [];
const site = await startConsole({
  noteReading: async (_reader, what, about) => void read.push([what, about]),
});
const { alertId } = await seedEveryPage(site.db);
const mara = await site.signIn('Mara', ['author']);

const plan = '/playbooks/isolate-host/plan';
const backtest = '/playbooks/isolate-host/backtest';

describe('trying a playbook', () => {
  it('is reached from its page and from an alert, by those who may', async () => {
    const page = (await mara.get('/playbooks/isolate-host')).text;
    for (const path of [plan, backtest]) expect(page).toContain(`href="${path}"`);
    expect((await mara.get(`/alerts/${alertId}`)).text).toContain(`href="/alerts/${alertId}/plan"`);
    const ana = await site.signIn('Ana', ['analyst']);
    const hers = (await ana.get('/playbooks/isolate-host')).text;
    expect(hers).toContain(`href="${plan}"`);
    expect(hers).not.toContain(`href="${backtest}"`);
    const vic = await site.signIn('Vic', ['viewer']);
    expect((await vic.get('/playbooks/isolate-host')).text).not.toContain(plan);
    expect((await vic.get(`/alerts/${alertId}`)).text).not.toContain(`${alertId}/plan`);
    for (const path of [plan, `/alerts/${alertId}/plan`]) expect((await vic.get(path)).status).toBe(403);
  });

  it('says that there is no such alert, and that another backtest is under way', async () => {
    expect(await mara.get(`${plan}?alert=alr_none`)).toMatchObject({
      status: 404,
      text: expect.stringContaining('There is no such alert.'),
    });
    site.useCases.answer('backtestPlaybook', async () => ({
      ok: false,
      code: 'request/in-progress',
      detail: 'Another backtest of yours has not ended yet.',
    }));
    const refused = await mara.post(backtest, { days: '7' });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Another backtest of yours has not ended yet.');
    expect(refused.text).toContain('<option value="7" selected>');
    expect(read).toEqual([]);
  });

  it('asks for the days that were chosen, and never for others', async () => {
    const asked: number[] = [];
    site.useCases.answer('backtestPlaybook', async (_caller, { since, gone }) => {
      asked.push(Math.round((Date.now() - Date.parse(since ?? '')) / 86_400_000));
      expect(gone).toBeInstanceOf(AbortSignal);
      return { ok: false, code: 'request/not-found', detail: 'x' };
    });
    for (const days of ['7', '90', '4000']) await mara.post(backtest, { days });
    expect(asked).toEqual([7, 90, 30]);
  });
});

describe('what came of it', () => {
  let browser: Browser;
  beforeAll(async () => {
    answerTried(site.useCases);
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('shows what intruders wrote as data, and leads to the alerts', async () => {
    for (const path of [`${plan}?alert=alr_1`, `/alerts/${alertId}/plan`]) {
      const { text } = await mara.get(path);
      expect(text).not.toContain('<img');
      expect(text).not.toContain('\u202e');
    }
    const { text } = await mara.post(backtest, { days: '30' });
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u202e');
    for (const words of ['Alerts matched', 'It is a crown jewel', 'match/expression-failed', 'Not played'])
      expect(text).toContain(words);
    expect(text).toMatch(/href="\/alerts\/alr_\d+"/);
    expect(read).toEqual([['backtestPlaybook isolate-host', { alerts: 'backtest' }]]);
  });

  it('says of a run what it would do, whom it asks and what guardrails say', async () => {
    const { text } = await mara.get(`${plan}?alert=alr_1`);
    expect(text).toMatch(/Guardrail <code>jewels<\/code> denies it/);
    expect(text).toContain('<code>edr.isolate-host</code>');
    expect(text).toContain('taken back by <code>edr.release-host');
  });

  it.each([390, 1280])('fits %i pixels', async (width) => {
    const page = await openPage(browser, site, mara, { viewport: { width, height: 800 } });
    const wide = () => page.evaluate('document.documentElement.scrollWidth > innerWidth');
    await page.goto(`${site.url}${plan}?alert=alr_1`);
    expect(await wide()).toBe(false);
    await page.goto(`${site.url}${backtest}`);
    await page.getByRole('button', { name: 'Play them' }).click();
    await page.getByText('were played').first().waitFor();
    expect(await wide()).toBe(false);
    await page.context().close();
  });
});
