import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { compile, lookUp, playbookWith } from '../compile/compile.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { openPage } from './open-page.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What a playbook does, as a drawing inside the page: with the page's style, as its policy allows no other. */

const site = await startConsole();
let kim: Visitor;
let browser: Browser;
let runId = '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const hostile = '</text><script>alert(1)</script>';

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  ({ runId } = await seedWaitingRun(site.db.owner));
  browser = await openBrowser();
});

afterAll(() => browser?.close());

function planOf(text: string): Plan {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan;
}

async function published(plan: object): Promise<void> {
  await site.db.owner.query(`update playbook_versions set plan = $1 where playbook_id = 'isolate-host'`, [
    JSON.stringify(plan),
  ]);
}

const everyKind = async () =>
  planOf(await readFile(join(import.meta.dirname, '../compile/ok/every-kind.yaml'), 'utf8'));

/** Whatever the page's policy refused. */
function refusedIn(page: Page): string[] {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text());
  });
  return refused;
}

test('each step stands in it, in both themes and on a phone, with the colours of the page', async () => {
  await published(await everyKind());
  const folder = await screenshotFolder();
  const page = await openPage(browser, site, kim);
  const refused = refusedIn(page);
  const strokes = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${site.url}/playbooks/isolate-host`);
      const steps = page.locator('.graph [role=listitem]');
      expect(await steps.count()).toBeGreaterThan(10);
      strokes.add(
        await page.evaluate(`getComputedStyle(document.querySelector('.graph .step rect')).stroke`),
      );
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.screenshot({ path: join(folder, `${colorScheme}-${width}.png`) });
    }
  await page.evaluate(axe);
  expect(await page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id }) => id))`)).toEqual(
    [],
  );
  expect(strokes.size).toBe(2);
  expect(strokes).not.toContain('none');
  expect(refused).toEqual([]);
});

test('words of a playbook stay words', async () => {
  await published(planOf(playbookWith(`${lookUp}    name: ${JSON.stringify(hostile)}\n`)));
  const page = await openPage(browser, site, kim);
  await page.goto(`${site.url}/playbooks/isolate-host`);
  expect(await page.locator('.graph script').count()).toBe(0);
  expect(await page.locator('.graph .name').first().textContent()).toContain('</text><script>');
});

test('a run shows what became of each step, and no drawing of a version that it does not run', async () => {
  const plan = planOf(playbookWith(lookUp));
  const [first] = plan.steps;
  await published(plan);
  await site.db.owner.query(
    `insert into steps (tenant_id, run_id, path, position, kind, name, status, scope_path)
     values ('default', $1, $2, 2, 'action', 'Look', 'succeeded', 'run')
     on conflict (tenant_id, run_id, path) do update set status = excluded.status, phase = null`,
    [runId, first?.path],
  );
  const { text } = await kim.get(`/runs/${runId}?view=graph`);
  expect(text).toContain('✓ succeeded');
  await site.db.owner.query(
    `update playbook_versions set digest = 'sha256:other' where playbook_id = 'isolate-host'`,
  );
  const without = await kim.get(`/runs/${runId}?view=graph`);
  expect(without.text).not.toContain('<svg xmlns');
  expect(without.text).toContain('it is not drawn');
});

test('a plan of another compiler is not drawn', async () => {
  await published({ ...(await everyKind()), compilerVersion: 1 });
  const { status, text } = await kim.get('/playbooks/isolate-host');
  expect(status).toBe(200);
  expect(text).not.toContain('class="graph"');
});
