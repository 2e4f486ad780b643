import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLive } from './open-live.ts';
import type { Visitor } from './start-console.ts';

/*
 * Open pages behind a reverse proxy that puts a path before ours and cuts it off again (design 3, check 11), in several
 * windows at once. Whatever is asked for beside that path is not there.
 */

const prefix = '/riposte';
let target = '';

const proxy: Server = createServer((asked, answer) => {
  const { url = '', method, headers } = asked;
  if (!url.startsWith(`${prefix}/`)) return void answer.writeHead(404).end('no Riposte here');
  const sent = request(target + url.slice(prefix.length), { method, headers }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers);
    got.pipe(answer);
  });
  sent.on('error', () => answer.destroy());
  // A window that is closed ends what it had open.
  answer.on('close', () => sent.destroy());
  asked.pipe(sent);
});
proxy.listen(0, '127.0.0.1');
await new Promise((resolve) => proxy.once('listening', resolve));
const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

const { site, open, ask, grant } = await openLive({ publicUrl: origin + prefix });
target = site.url;

let kim: Visitor;
let ann: Visitor;

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  ann = await site.signIn('Ann', ['approver'], ['soc-tier2']);
});

afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

/** All that the page asks for, from its first address on. */
async function openBehind(who: Visitor, path: string): Promise<{ page: Page; asked: string[] }> {
  const page = await open(who, '/signed-out');
  const asked: string[] = [];
  page.on('request', (each) => asked.push(each.url()));
  await page.goto(origin + prefix + path);
  return { page, asked };
}

const beside = (asked: readonly string[]) => asked.filter((url) => !url.startsWith(`${origin}${prefix}/`));

describe('behind a path', () => {
  test('a list takes in what happens, and asks for nothing beside the path', async () => {
    const goes = await ask('Isolate GOES?');
    await ask('Isolate STAYS?');
    const { page, asked } = await openBehind(kim, '/actions');
    await ask('Isolate NEW?');
    await page.getByRole('button', { name: '1 new: show it' }).waitFor();
    await grant(goes, ann.person.id);
    await page.getByText('Not in this list any more').waitFor();
    expect(asked.some((url) => url.includes('/v1/stream'))).toBe(true);
    expect(beside(asked)).toEqual([]);
  });

  test('several questions are asked for anew under their address', async () => {
    const one = await ask('Isolate ONE?');
    await ask('Isolate TWO?');
    const { page, asked } = await openBehind(kim, '/actions');
    for (const each of await page.getByLabel(/^Choose: /).all()) await each.check();
    await page.getByRole('button', { name: 'Read and decide the chosen ones together' }).click();
    await page.locator('[data-ticked]').waitFor();
    await grant(one, ann.person.id);
    await page.locator(`[data-question="${one.approvalId}"]`, { hasText: 'Ann approved this' }).waitFor();
    expect(asked.some((url) => url.includes('/actions/chosen?pick='))).toBe(true);
    expect(beside(asked)).toEqual([]);
  });

  test('keys and the command list lead to pages, tabs and ids', async () => {
    const { runId } = await ask('Isolate KEYS?');
    const { page, asked } = await openBehind(kim, `/runs/${runId}`);
    await page.keyboard.press(']');
    await page.waitForURL(`${origin}${prefix}/runs/${runId}?view=graph`);
    await page.keyboard.press('Control+k');
    await page.keyboard.type(runId);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}${prefix}/search?q=${runId}`);
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForURL(`${origin}${prefix}/actions`);
    expect(beside(asked)).toEqual([]);
  });
});

describe('several windows', () => {
  test('of one session each take in the same, and of two people each say it in their words', async () => {
    const asked = await ask('Isolate BOTH?');
    const at = `/a/${asked.approvalId}`;
    const { page: first } = await openBehind(kim, at);
    const second = await first.context().newPage();
    await second.goto(`${origin}${prefix}/actions`);
    const { page: theirs } = await openBehind(ann, at);
    await first.getByLabel('Comment').fill('mine');
    await theirs.getByLabel('Comment').fill('theirs');
    await grant(asked, (await site.signIn('Bo', ['approver'], ['soc-tier2'])).person.id);
    for (const page of [first, theirs]) {
      await page.getByText('Bo approved this').waitFor();
      expect(await page.getByRole('button', { name: 'Approve', exact: true }).isDisabled()).toBe(true);
    }
    await second
      .locator(`[data-key="${asked.approvalId}"]`, { hasText: 'Not in this list any more' })
      .waitFor();
    expect(await first.getByLabel('Comment').inputValue()).toBe('mine');
    expect(await theirs.getByLabel('Comment').inputValue()).toBe('theirs');
  });
});
