import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlayedCases } from '../../engine/core/cases/play-published.ts';
import { seedCases, seededCases, seededResult } from '../api/seed-cases.ts';
import { seedVersions } from '../api/seed-versions.ts';
import { lookUp, playbookWith } from '../compile/compile.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { openPage } from './open-page.ts';
import { installed, startConsole, type Visitor } from './start-console.ts';

/* The cases of a version on its pages: how they went, what they cover, and what to do where there are none. */

const site = await startConsole();
let vic: Visitor;
let mara: Visitor;
let browser: Browser;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const at = '/playbooks/under-test';
const hostile = '<script>alert(1)</script>\u202e';
const more = '  - id: again\n    action: inventory.get-host\n    with: { host_id: H1 }\n';
const result = (change: (played: PlayedCases) => void): PlayedCases => {
  const played = structuredClone(seededResult);
  change(played);
  return played;
};
const passing = result((played) => {
  played.counts = { passed: 2, failed: 0, toRecord: 0 };
  played.cases = played.cases.map((each) => ({ ...each, verdict: 'passed', reasons: [] }));
  for (const point of played.coverage.points) point.hits = 1;
  played.coverage.groups.branches.covered = 2;
});
const attacked = result((played) => {
  for (const each of played.cases) each.name = hostile;
  for (const { reasons } of played.cases) for (const reason of reasons) reason.message = hostile;
  for (const point of played.coverage.points) point.at = hostile;
});
const many = result((played) => {
  const [one, other] = played.cases;
  played.cases = Array.from({ length: 1_000 }, (_, n) => ({
    ...(n === 999 ? other : one),
    name: `case ${n}`,
  })) as never;
  played.counts = { passed: 999, failed: 1, toRecord: 0 };
});

/** Version 1 has none, 2 old ones of which one fails, 3 hostile ones, 4 a thousand, 5 two that pass after one that did not. */
beforeAll(async () => {
  vic = await site.signIn('Vic', ['viewer']);
  mara = await site.signIn('Mara', ['author']);
  const sources = Array.from({ length: 5 }, (_, n) => playbookWith(lookUp + (n % 2 === 0 ? '' : more)));
  await seedVersions(site.db.owner, sources);
  const { engine } = installed;
  await seedCases(site.db.owner, 'under-test', { version: 2 });
  await seedCases(site.db.owner, 'under-test', { version: 3, result: attacked, engine });
  await seedCases(site.db.owner, 'under-test', { version: 4, result: many, engine });
  await seedCases(site.db.owner, 'under-test', { version: 5, engine });
  await seedCases(site.db.owner, 'under-test', { version: 5, number: 2, result: passing, engine });
  browser = await openBrowser();
});
afterAll(() => browser?.close());

describe('the page of a playbook', () => {
  test('says how the cases of its version went and how much they cover', async () => {
    const { text } = await vic.get(at);
    expect(text).toMatch(
      /Passed<\/span> <span class="chip">2 passed<\/span> <span class="chip">2 of 2 branches, 3 of 3 approvals</,
    );
    expect(text).toContain(`href="${at}/versions/5/cases"`);
    expect(text).not.toContain('No case has seen');
    expect(text).not.toContain('An old result');
  });

  test('says how to add them where there are none', async () => {
    const { text } = await vic.get(`${at}/versions/1`);
    expect(text).toContain('No cases were published with this version.');
    expect(text).toContain('<code>riposte publish</code> takes it along');
    expect((await vic.get(`${at}/versions/1/cases`)).status).toBe(404);
  });

  test('names the first that failed with its reason, and what none has seen, each with its line', async () => {
    const { text } = await vic.get(`${at}/versions/2`);
    expect(text).toContain('Failed</span> <span class="chip">1 passed, 1 failed</span>');
    expect(text).toContain('1 of 2 branches');
    expect(text).toMatch(
      /it leaves a server alone[\s\S]*href="\/playbooks\/under-test\/versions\/2\/cases#L7">Line 7</,
    );
    expect(text).toMatch(/No case has seen:[\s\S]*href="#L10">Line 10<\/a> <code>isolate<\/code> if false/);
  });
});

describe('the page of cases', () => {
  test('has each with its line in the file, and the file', async () => {
    const { text } = await vic.get(`${at}/versions/2/cases`);
    for (const [index, line] of seededCases.trimEnd().split('\n').entries())
      expect(text).toContain(`id="L${index + 1}">${line.replaceAll('"', '&quot;')}`);
    expect(text).toMatch(/href="#L6"><bdi class="data">it leaves a server alone/);
    expect(text).toContain(`href="${at}/versions/2#L10"`);
    expect(text).toContain(`href="/v1${at}/versions/2/cases/source?number=1"`);
  });

  test('shows what their author called them as text', async () => {
    for (const path of [`${at}/versions/3/cases`, `${at}/versions/3`]) {
      const { text } = await vic.get(path);
      expect(text).not.toContain('<script>alert');
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;<span class="ctl">U+202E</span>');
      expect(text).not.toContain('\u202e');
    }
  });

  test('of a thousand shows those that did not pass first, and says how many it leaves out', async () => {
    const { text } = await vic.get(`${at}/versions/4/cases`);
    expect(text.indexOf('case 999')).toBeLessThan(text.indexOf('case 0<'));
    expect(text).toContain('and 900 more, of which 900 passed');
  });

  test('leads to earlier ones of the version, which say that they do not count', async () => {
    const { text } = await vic.get(`${at}/versions/5/cases`);
    expect(text).toContain(`href="${at}/versions/5/cases?number=1"`);
    expect((await vic.get(`${at}/versions/5/cases?number=1`)).text).toContain('Newer ones count');
    expect((await vic.get(`${at}/versions/5/cases?number=9`)).status).toBe(404);
  });

  test('is of a size that a phone takes', async () => {
    for (const path of [at, `${at}/versions/2`, `${at}/versions/2/cases`])
      expect(Buffer.byteLength((await vic.get(path)).text), path).toBeLessThan(30_000);
  });
});

describe('a result of an older engine', () => {
  test('says so, and is played again by whoever may check', async () => {
    const { text } = await mara.get(`${at}/versions/2/cases`);
    expect(text).toContain('An old result.');
    expect(text).toContain(`action="${at}/versions/2/cases/play"`);
    const sent = await mara.post(`${at}/versions/2/cases/play`);
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `${at}/versions/2/cases`]);
    const input = { playbookId: 'under-test', version: 2 };
    expect(site.useCases.calls.at(-1)).toEqual({ name: 'playCases', input });
  });

  test('has no button for whoever may not, and no way around it', async () => {
    const { text } = await vic.get(`${at}/versions/2/cases`);
    expect(text).toContain('An old result.');
    expect(text).not.toContain('cases/play');
    expect((await vic.post(`${at}/versions/2/cases/play`)).status).toBe(403);
  });

  test('stays where they could not be played, and the page says why', async () => {
    const before = site.useCases.playCases;
    site.useCases.answer('playCases', async () => ({
      ok: false,
      code: 'case/not-played',
      detail: 'they took too long',
    }));
    const sent = await mara.post(`${at}/versions/2/cases/play`);
    site.useCases.answer('playCases', before);
    expect(sent.status).toBe(422);
    expect(sent.text).toMatch(/role="alert"[\s\S]*They were not played\.[\s\S]*they took too long/);
    expect(sent.text).toContain('1 passed, 1 failed');
  });
});

test('they are sound and readable in both themes, on a phone and on a desk', async () => {
  const folder = await screenshotFolder();
  const page = await openPage(browser, site, mara);
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [390, 1280])
      for (const [name, path] of [
        ['passing', at],
        ['none', `${at}/versions/1`],
        ['failing', `${at}/versions/2`],
        ['all', `${at}/versions/2/cases`],
        ['hostile', `${at}/versions/3/cases`],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.goto(site.url + path);
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        await page.evaluate(axe);
        const found = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0]?.html))`;
        expect(await page.evaluate(found), `${name} ${colorScheme} ${width}`).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      }
  await page.context().close();
}, 120_000);
