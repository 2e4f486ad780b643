import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiledBefore, seedVersions } from '../api/seed-versions.ts';
import { lookUp, playbookWith } from '../compile/compile.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { addRun } from '../support/corridor-rows.ts';
import { openPage } from './open-page.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What was published stays readable, and what a newer version changes is said before its lines. */

const site = await startConsole();
let vic: Visitor;
let browser: Browser;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const hostile = '<script>alert(1)</script>';
const isolate = (more: string) => `  - id: isolate
    name: ${JSON.stringify(hostile)}
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}", comment: "${'long '.repeat(60)}" }
    ${more}
`;
const gated = isolate('approval: { approvers: ["group:soc"] }\n    lease: { for: 1d }');
const sources = [
  playbookWith(lookUp),
  playbookWith(lookUp + gated),
  playbookWith(`${lookUp}${gated}# ${hostile}\n`),
  playbookWith(lookUp + isolate('lease: { for: 1d }')),
];
const lineOfIsolate = (sources[3] ?? '').split('\n').indexOf('  - id: isolate') + 1;

beforeAll(async () => {
  vic = await site.signIn('Vic', ['viewer']);
  await seedVersions(site.db.owner, sources);
  // Today's compiler refuses such a character; what an older one let through is stored.
  await site.db.owner.query(
    `update playbook_versions set source = replace(source, '# <', U&'# \\202E<') where version = 3`,
  );
  browser = await openBrowser();
});

afterAll(() => browser?.close());

const at = '/playbooks/under-test';

test('the page of a playbook leads to its versions and to what each changed', async () => {
  const { text } = await vic.get(at);
  expect(text).toContain('Made for one test.');
  expect(text).toContain(`href="${at}/versions/2"`);
  expect(text).toContain(`href="${at}/changes?from=3&amp;to=4"`);
  const all = await vic.get(`${at}/versions`);
  expect(all.text.match(/Changes since/g)).toHaveLength(3);
});

test('a version says what it was, with its own file, hostile words and hidden characters as text', async () => {
  const { status, text } = await vic.get(`${at}/versions/3`);
  expect(status).toBe(200);
  expect(text).toContain('those that began with this one keep it');
  expect(text).toMatch(/id="L\d+"># <span class="ctl">U\+202E<\/span>&lt;script&gt;/);
  expect(text).not.toContain(hostile);
  expect(text).toContain(`href="/v1${at}/versions/3/source"`);
  expect((await vic.get(`/v1${at}/versions/4/source`)).text).toBe(sources[3]);
});

test('what became bolder stands first, and leads to its lines in both', async () => {
  const { text } = await vic.get(`${at}/changes?from=2&to=4`);
  expect(text).toContain('One change makes it bolder');
  expect(text).toContain('asks nobody any more');
  expect(text).toContain(`href="${at}/versions/4#L${lineOfIsolate}"`);
  expect(text).toContain('<del><bdi>-    approval: { approvers: [&quot;group:soc&quot;] }');
  expect((await vic.get(`${at}/changes`)).text).toContain('From 3 (');
});

test('two texts of one meaning say so, and show what changed in their lines', async () => {
  const { text } = await vic.get(`${at}/changes?from=2&to=3`);
  expect(text).toContain('Both mean the same');
  expect(text).toContain('<ins><bdi>+# <span class="ctl">U+202E</span>');
  expect((await vic.get(`${at}/changes?from=2&to=2`)).text).toContain('The texts are the same');
});

/** What the list of actions says of isolating a host. */
function isolates(text: string): string {
  return /<code class="wrap">edr\.isolate-host<[\s\S]*?<\/tr>/.exec(text)?.[0] ?? '';
}

test('it says what may be done, who is asked before, how it ends and what the vendor has to grant', async () => {
  const { text } = await vic.get(`${at}/versions/2`);
  const cells = isolates(text);
  expect(cells).toContain(`<a href="#L${lineOfIsolate}">&lt;script&gt;`);
  expect(cells).toContain('>always<');
  expect(cells).toContain('can be; somebody is asked after 1d');
  expect(cells).toContain('<li>WindowsDefenderATP: Machine.Isolate</li>');
  expect(text).toContain('edr.release-host');
  expect(text).toContain('In mode audit all but reads are only simulated.');
  expect(isolates((await vic.get(at)).text)).toContain('>nobody<');
});

test('a playbook that is called and cannot be read is named', async () => {
  await site.db.owner.query(
    `insert into playbook_versions select tenant_id, 'caller', 1, semver, title, source, source_sha256,
       jsonb_set(plan::jsonb, '{children}', '{"gone":{"digest":"sha256:gone","title":"Gone"}}')
         || jsonb_build_object('steps', jsonb_build_array(jsonb_set(plan::jsonb->'steps'->0, '{kind}', '"call"')
         || '{"playbook":"gone","approval":null,"attach":true}')),
       'sha256:caller', compiler_version, published_by, published_at
     from playbook_versions where playbook_id = 'under-test' and version = 4`,
  );
  await site.db.owner.query(
    `insert into playbooks (tenant_id, id, current_version) values ('default', 'caller', 1)`,
  );
  const { status, text } = await vic.get('/playbooks/caller');
  expect(status).toBe(200);
  expect(text).toMatch(/Not all is told[\s\S]*gone/);
});

test('what starts it says how often it did, and what came of that', async () => {
  const { owner } = site.db;
  for (const state of ['succeeded', 'succeeded', 'undone'])
    await addRun(owner, { playbook_id: 'under-test', trigger_id: 'new_alert', state, mode: 'audit' });
  await addRun(owner, { playbook_id: 'under-test', trigger_id: 'call', state: 'failed' });
  await owner.query(
    `insert into decision_traces (tenant_id, event_id, seq, playbook_id, trigger_id, outcome, code)
     select 'default', 'alr_' || n, 1, 'under-test', 'new_alert', o, c from generate_series(1, 6) n,
       (values ('skipped', 'match/group-full'), ('error', 'match/made-up')) as t(o, c)
     where o = 'skipped' or n = 1 on conflict do nothing`,
  );
  const { text } = await vic.get(at);
  expect(text).toContain('3, 3 of them in mode audit');
  expect(text).toContain('2 succeeded, 1 undone (33 %)');
  expect(text).toMatch(/[56] × <a href="\/codes\/match\/group-full">The concurrency group is full<\/a>/);
  expect(text).toMatch(/called by another playbook[\s\S]*1 failed, 0 undone/);
});

test('figures that take too long are left out, and nobody waits for them', async () => {
  const lock = await site.db.owner.transaction(async (tx) => {
    await tx.query('lock table decision_traces in access exclusive mode');
    return await vic.get(at);
  });
  expect(lock.status).toBe(200);
  expect(lock.text).toContain('The figures could not be read in time');
});

test.each([
  '/playbooks/none/versions',
  '/playbooks/none/changes',
  `${at}/versions/9`,
  `${at}/versions/%00`,
  `${at}/versions/x%20y`,
  `${at}/changes?from=9&to=4`,
  `${at}/changes?from=1&to=latest`,
])('%s is not there', async (path) => {
  expect((await vic.get(path)).status).toBe(404);
});

async function sound(page: Page): Promise<void> {
  await page.evaluate(axe);
  expect(await page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id }) => id))`)).toEqual(
    [],
  );
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
}

test('a step of the drawing leads to its line; what is copied has no numbers', async () => {
  const folder = await screenshotFolder();
  const page = await openPage(browser, site, vic);
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${site.url}${at}`);
      await page.getByRole('link', { name: `${hostile} edr.isolate-host` }).focus();
      await page.keyboard.press('Enter');
      // The browser goes there a moment after the key.
      await page.waitForURL((url) => url.hash === `#L${lineOfIsolate}`);
      expect(await page.locator(':target').textContent()).toContain('id: isolate');
      await page.screenshot({ path: join(folder, `playbook-${colorScheme}-${width}.png`) });
      // A number of two digits stands on one line.
      expect(
        await page.evaluate(
          `parseFloat(getComputedStyle(document.querySelector(':target'), '::before').height)`,
        ),
      ).toBeLessThan(25);
      await page.screenshot({ path: join(folder, `whole-${colorScheme}-${width}.png`), fullPage: true });
      await sound(page);
      await page.goto(`${site.url}${at}/changes?from=1&to=4`);
      await page.screenshot({ path: join(folder, `changes-${colorScheme}-${width}.png`), fullPage: true });
      await sound(page);
    }
  await page.goto(`${site.url}${at}`);
  const copied = await page.evaluate(
    `getSelection().selectAllChildren(document.querySelector('pre.lines')), getSelection().toString()`,
  );
  expect(copied).toBe(sources[3]?.trimEnd());
});

test('a version of an older compiler can be read and compared by its lines', async () => {
  await compiledBefore(site.db.owner, 1);
  const old = await vic.get(`${at}/versions/1`);
  expect(old.status).toBe(200);
  expect(old.text).toContain('is not drawn');
  expect(old.text).toContain('inventory.get-host');
  const { status, text } = await vic.get(`${at}/changes?from=1&to=2`);
  expect(status).toBe(200);
  expect(text).toContain('their meaning cannot be compared here');
  expect(text).toContain('+    action: edr.isolate-host');
});

test('a file of many thousand lines is still shown', async () => {
  await site.db.owner.query(
    `update playbook_versions set source = $1 where playbook_id = 'under-test' and version = 2`,
    [`${sources[1]}${'#\n'.repeat(120_000)}`],
  );
  const { status, text } = await vic.get(`${at}/versions/2`);
  expect(status).toBe(200);
  expect(text.length).toBeLessThan(400_000);
  expect((await vic.get(`${at}/changes?from=2&to=4`)).status).toBe(200);
});
