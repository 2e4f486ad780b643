import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { record, sequencerOf } from '../audit/open-log.ts';
import { findChromium } from '../support/chromium.ts';
import { releaseAfter } from '../support/release-after.ts';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* What browsers have built in understands what is told, with nothing but the session of a page. */

test('an EventSource hears of what changed, knows where it is, and goes on by itself after the connection broke', async () => {
  const program = await findChromium();
  if (program.kind === 'missing') throw new Error(program.reason);
  const api = await startApi({}, { lookMs: 20, beatMs: 200 });
  const sequencer = sequencerOf(api.db.sequencer);
  const run = await seedWaitingRun(api.db.owner);
  const { person } = await api.person('ann', ['viewer']);
  const { cookie = '' } = await api.session(person);
  const [name = '', value = ''] = cookie.split('=');
  const browser = await chromium.launch({
    executablePath: program.path,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  releaseAfter(() => browser.close());
  const context = await browser.newContext();
  await context.addCookies([{ name, value, url: api.url, sameSite: 'Strict' }]);
  const page = await context.newPage();
  await page.goto(`${api.url}/healthz`);
  await page.evaluate(`
    window.heard = [];
    window.opened = 0;
    const source = new EventSource('/v1/stream?topics=approvals');
    source.onopen = () => { window.opened += 1; };
    source.onmessage = ({ data, lastEventId }) => window.heard.push([JSON.parse(data), lastEventId]);
  `);
  // Asked from outside: the page's own rules let no text be evaluated in it.
  const until = async (what: string): Promise<void> => {
    while (!(await page.evaluate(what))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const seal = async (type: 'approval.granted' | 'approval.cancelled') => {
    const actor = { kind: 'system', id: 'engine', channel: 'engine' } as const;
    await record(api.db, [{ type, actor, runId: run.runId, approvalId: run.approvalId }]);
    await sequencer.flush();
  };
  const heard = async (count: number) => {
    await until(`window.heard.length >= ${count}`);
    return (await page.evaluate('window.heard')) as [
      { type: string; ref: string; version: number },
      string,
    ][];
  };
  await until('window.opened === 1');
  await seal('approval.granted');
  const [first] = await heard(1);
  expect(first?.[0]).toMatchObject({ type: 'approval.granted', ref: run.approvalId });
  expect(first?.[1]).toBe(`1-${first?.[0].version}`);
  await context.setOffline(true);
  api.breakConnections();
  await seal('approval.cancelled');
  await context.setOffline(false);
  expect((await heard(2)).map(([{ type }]) => type)).toEqual(['approval.granted', 'approval.cancelled']);
});
