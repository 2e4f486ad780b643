import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedEntry, seedGlass, seedWaitingRun } from '../api/seed.ts';
import { seedStreams } from '../api/seed-streams.ts';
import { seedTask, settleTask } from '../api/seed-task.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { seedIncident } from './seed-incident.ts';
import { startConsole } from './start-console.ts';

/*
 * The pages in a real browser, with script switched off: they have to work without any. Screenshots
 * of every page in both themes and both widths are left in a temporary folder for people to look at.
 */

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };
const themes = ['light', 'dark'] as const;

const site = await startConsole();
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await screenshotFolder();
  browser = await openBrowser();
});

afterAll(() => browser?.close());

/** As the engine leaves it after the last approval: decided, the step under way. */
async function grant(approvalId: string, personId: string, comment: string | null): Promise<void> {
  await site.db.owner.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment)
     select 'default', 'dec_' || id, id, $2, 'approve', digest, $3 from approvals where id = $1`,
    [approvalId, personId, comment],
  );
  await site.db.owner.query(
    `update approvals set state = 'granted', ended_at = clock_timestamp() where id = $1`,
    [approvalId],
  );
  await site.db.owner.query(
    `update steps set phase = 'dispatched' where path = 'run/isolate' and run_id = (select run_id from approvals where id = $1)`,
    [approvalId],
  );
}

async function signIn(context: BrowserContext, page: Page, name: string, landing = '/'): Promise<string> {
  const { person, secret } = await site.link(name, ['admin'], ['soc-tier2']);
  await page.goto(`${site.url}/sign-in/${secret}`);
  await page.getByRole('button', { name: `Sign in as ${name}` }).click();
  await page.waitForURL(site.url + landing);
  expect((await context.cookies()).find((cookie) => cookie.name === 'riposte')?.httpOnly).toBe(true);
  return person.id;
}

describe.each(themes)('in the %s theme', (colorScheme) => {
  test('a person on a phone takes back an incident and reads what follows for each target', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: phone, colorScheme });
    const page = await context.newPage();
    await signIn(context, page, `Una ${colorScheme}`);
    const { runId } = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(`update runs set state = 'succeeded' where id = $1`, [runId]);
    await site.db.owner.query(
      `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
         target_kind, target_id, effect, origin, inverse)
       select tenant_id, 'und_' || o || id, id, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', o || id, 'lab', 'host',
         o || id, 'network-isolated', o, '{}'
       from runs cross join unnest(array['ours', 'found']) as o where id = $1`,
      [runId],
    );
    const { rows } = await site.db.owner.query<{ alert: string; incident: string }>(
      'select alert_id as alert, incident_id as incident from runs where id = $1',
      [runId],
    );
    await page.goto(`${site.url}/alerts/${rows[0]?.alert}`);
    await page.getByRole('link', { name: 'Take back the whole incident' }).click();
    await page.waitForURL(`${site.url}/incidents/${rows[0]?.incident}/undo`);
    expect(await page.getByText('Is taken back.').isVisible()).toBe(true);
    expect(await page.getByText('Stays: it was so before.').isVisible()).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    await page.screenshot({ path: join(folder, `phone-${colorScheme}-incident.png`), fullPage: true });
    await page.getByLabel('Reason').fill('It was nothing');
    await page.getByRole('button', { name: 'Take it back now' }).click();
    await page.waitForURL((url) => url.pathname === `/incidents/${rows[0]?.incident}/undo`);
    await context.close();
  });

  test('a person decides several questions together, without a script, and sees what was decided alone', async () => {
    site.useCases.answer('decideApproval', createFakeUseCases().decideApproval);
    for (const [name, viewport] of [
      ['phone', phone],
      ['desk', desk],
    ] as const) {
      const context = await browser.newContext({ javaScriptEnabled: false, viewport, colorScheme });
      const page = await context.newPage();
      const { person, secret } = await site.link(
        `Mia ${name} ${colorScheme}`,
        ['admin', 'break-glass'],
        ['soc-tier2'],
      );
      await page.goto(`${site.url}/sign-in/${secret}`);
      await page.getByRole('button', { name: 'Sign in as' }).click();
      await page.waitForURL(`${site.url}/`);
      const first = await seedWaitingRun(site.db.owner);
      await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
      const fits = async (what: string) => {
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          viewport.width,
        );
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${what}.png`), fullPage: true });
      };
      await page.goto(`${site.url}/actions`);
      const choices = page.getByRole('checkbox');
      for (let n = 0; n < (await choices.count()); n++) await choices.nth(n).check();
      await fits('choosing');
      await page.getByRole('button', { name: 'Read and decide' }).click();
      await page.waitForURL(`${site.url}/actions/chosen`);
      await fits('chosen');
      const number = await page.getByRole('checkbox', { checked: true }).count();
      await page.getByLabel('One reason for all of them').fill('the backup agent');
      await page.getByLabel('type how many').press('Enter');
      expect(page.url()).toBe(`${site.url}/actions/chosen`);
      await page.getByLabel('type how many').fill(String(number));
      await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
      await page.waitForURL(`${site.url}/actions/decisions`);
      expect(await page.getByRole('status').filter({ hasText: 'counted' }).textContent()).toBe(
        `${number} counted.`,
      );
      await fits('results');

      await page.goto(`${site.url}/a/${first.approvalId}`);
      await page.getByText('Break the glass').click();
      await fits('glass');
      await seedGlass(
        site.db.owner,
        first.approvalId,
        person.id,
        'The database is being encrypted and nobody answers',
      );
      await page.goto(`${site.url}/a/${first.approvalId}`);
      await fits('glass-broken');
      await context.close();
    }
  });

  test('a person on a phone changes what may be changed, without a script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: phone, colorScheme });
    const page = await context.newPage();
    await signIn(context, page, `Ina ${colorScheme}`);
    const editable = [
      { name: 'comment', schema: { type: 'string' } },
      { name: 'scope', schema: { enum: ['full', 'selective'] } },
    ];
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { editable });
    site.useCases.calls.length = 0;
    await page.goto(`${site.url}/a/${approvalId}`);
    await page.getByText('Change before deciding').click();
    await page.getByLabel('scope').selectOption('selective');
    await page.getByLabel('Why').fill('mail has to stay');
    await page.screenshot({ path: join(folder, `phone-${colorScheme}-change.png`), fullPage: true });
    await page.getByRole('button', { name: 'Change and ask again' }).click();
    await page.waitForURL(`${site.url}/a/apr_next`);
    expect(site.useCases.calls).toEqual([
      {
        name: 'editApproval',
        input: { approvalId, values: { scope: 'selective' }, digest, comment: 'mail has to stay' },
      },
    ]);
    await context.close();
  });

  test('a person on a phone opens the card, approves in two steps and sees what follows', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: phone, colorScheme });
    const page = await context.newPage();
    const shot = (name: string) =>
      page.screenshot({ path: join(folder, `phone-${colorScheme}-${name}.png`), fullPage: true });
    const personId = await signIn(context, page, `Ann ${colorScheme}`);
    const { approvalId } = await seedWaitingRun(site.db.owner, { title: 'Ransomware behaviour on DB-1' });
    site.useCases.answer('decideApproval', async (caller, input) => {
      await grant(input.approvalId, caller.personId ?? '', input.comment);
      return { ok: true, state: 'granted', votes: 1, quorum: 1, repeated: false, stands: true };
    });

    await page.goto(`${site.url}/`);
    await shot('home');
    await page.goto(`${site.url}/a/${approvalId}`);
    await shot('card');
    await page.screenshot({ path: join(folder, `phone-${colorScheme}-card-first-screen.png`) });
    for (const name of ['Deny', 'Approve']) {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(phone.height);
    }
    const [deny, approve] = await Promise.all(
      ['Deny', 'Approve'].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()),
    );
    expect([deny?.width, deny?.height]).toEqual([approve?.width, approve?.height]);

    await page.getByLabel('Comment').fill('seen in the EDR too');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    expect(
      (await site.db.owner.query('select 1 from decisions where person_id = $1', [personId])).rows,
    ).toEqual([]);
    await page.getByRole('button', { name: 'Isolate server DB-1 now' }).waitFor();
    await page.screenshot({ path: join(folder, `phone-${colorScheme}-confirm.png`) });
    const back = await page.getByRole('link', { name: 'Back' }).boundingBox();
    expect(back?.x).toBeGreaterThan((approve?.x ?? 0) - 1);

    await page.getByRole('button', { name: 'Isolate server DB-1 now' }).click();
    await page.waitForURL(`${site.url}/a/${approvalId}`);
    await shot('outcome');
    expect(await page.getByRole('main').textContent()).toContain('Approved and handed to a worker.');
    expect(await page.getByRole('main').textContent()).toContain('seen in the EDR too');
    await site.db.owner.query(
      `update steps set status = 'succeeded', phase = null where path = 'run/isolate'`,
      [],
    );
    await page.getByText('Done. Way back').first().waitFor();
    await context.close();
  });

  test('no page scrolls sideways on a desk or at 320 px, and each is drawn for people to look at', async () => {
    const { approvalId, runId, alertId } = await seedWaitingRun(site.db.owner, {
      title: `Invoice \u202egpj.exe <script>alert(1)</script> ${'very-long-word'.repeat(12)}`,
      approvers: ['group:soc-tier2', 'user:somebody.with.a.long.name@example.test'],
      question: `Isolate ${'verylonghostname'.repeat(14)}?`,
      happens: `Network access of ${'verylonghostname'.repeat(14)} is cut.`,
    });
    await seedEntry(site.db.owner, themes.indexOf(colorScheme), {
      type: 'approval.requested',
      runId,
      actor: { kind: 'playbook', id: 'isolate-host', channel: 'engine' },
      targets: [{ kind: 'host', id: 'H17', name: 'DB-1' }],
      reason: 'the host is a server',
    });
    const hostile = `Isolate a host: \u202egpj <script>alert(1)</script> ${'very-long-word'.repeat(12)}. Did it happen?`;
    const { taskId } = await seedTask(site.db.owner, { title: hostile });
    const { taskId: settledId } = await seedTask(site.db.owner);
    const { person } = await site.link(`Sol ${colorScheme}`, ['approver']);
    await settleTask(site.db.owner, settledId, person.id, true);
    await seedStreams(site.db.owner);
    const incident = await seedIncident(site.db.owner, {
      title: `Ransomware \u202egpj.exe </h1> ${'very-long-word'.repeat(12)}`,
    });
    await site.db.owner.query(
      `insert into alert_targets (tenant_id, alert_id, kind, target_id, name) values ('default', $1, 'host', $2, $3)`,
      [incident.alertId, 'x'.repeat(300), `\u202eDB-1\n${'verylonghostname'.repeat(14)}`],
    );
    const paths = {
      home: '/',
      incidents: '/incidents',
      incident: `/incidents/${incident.incidentId}`,
      pending: '/actions',
      unknown: '/actions?tab=unknown&all=1',
      task: `/t/${taskId}`,
      settled: `/t/${settledId}`,
      contained: '/contained',
      search: '/search?q=db-1',
      streams: '/settings/streams',
      tokens: '/settings/tokens',
      history: '/actions?tab=history&reads=1',
      hostile: `/a/${approvalId}`,
      runs: '/runs',
      run: `/runs/${runId}`,
      graph: `/runs/${runId}?view=graph`,
      time: `/runs/${runId}?view=time`,
      raw: `/runs/${runId}?view=raw`,
      cancel: `/runs/${runId}/cancel`,
      alerts: '/alerts',
      alert: `/alerts/${alertId}`,
      playbooks: '/playbooks',
      playbook: '/playbooks/isolate-host',
      audit: '/audit',
      settings: '/settings',
      guardrails: '/settings/guardrails',
      entry: `/audit/${themes.indexOf(colorScheme)}`,
      missing: '/runs/run_none',
    };
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: desk, colorScheme });
    const page = await context.newPage();
    await signIn(context, page, `Bo ${colorScheme}`);
    for (const [name, path] of Object.entries(paths)) {
      await page.setViewportSize(desk);
      await page.goto(site.url + path);
      await page.screenshot({ path: join(folder, `desk-${colorScheme}-${name}.png`) });
      for (const width of [desk.width, 320]) {
        await page.setViewportSize({ width, height: 700 });
        const wide = await page.locator('html').evaluate((html) => html.scrollWidth);
        expect([name, wide]).toEqual([name, width]);
      }
      await page.setViewportSize(phone);
      await page.screenshot({ path: join(folder, `phone-${colorScheme}-${name}.png`), fullPage: true });
    }
    // The bar is fixed: what it does not hold cannot be scrolled to.
    await page.goto(site.url + paths.hostile);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    for (const width of [desk.width, phone.width, 320]) {
      await page.setViewportSize({ width, height: 700 });
      for (const one of await page.locator('.bar > *, .choice > *').all()) {
        const box = await one.boundingBox();
        expect(box === null || (box.x >= 0 && box.x + box.width <= width), `${width}`).toBe(true);
      }
      expect(await page.getByRole('link', { name: 'Back' }).boundingBox()).not.toBeNull();
    }
    await page.screenshot({ path: join(folder, `phone-${colorScheme}-hostile-confirm.png`) });
    await context.close();
  });

  test('rarer states are drawn for people to look at', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: phone, colorScheme });
    const page = await context.newPage();
    const shot = (name: string) =>
      page.screenshot({ path: join(folder, `phone-${colorScheme}-${name}.png`) });
    const { approvalId } = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    await page.goto(`${site.url}/a/${approvalId}`);
    await shot('sign-in-needed');
    await signIn(context, page, `Cy ${colorScheme}`, `/a/${approvalId}`);
    site.useCases.answer('decideApproval', async () => ({
      ok: false,
      code: 'approval/comment-required',
      detail: 'say why',
    }));
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Say why you deny it.').first().waitFor();
    await shot('comment-missing');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByLabel('Type the name of the target').fill('db');
    await page.getByLabel('Type the name of the target').press('Enter');
    await page.getByRole('button', { name: 'Isolate server DB-1 now' }).click();
    await page.getByText('Type DB-1 exactly').first().waitFor();
    await shot('name-wrong');
    await site.db.owner.query(
      `insert into stops (tenant_id, scope, subject, active, set_by, set_at, reason)
       values ('default', 'everything', '*', true, 'per_x', clock_timestamp(), 'wrong hosts were isolated')
       on conflict (tenant_id, scope, subject) do update set active = true, reason = excluded.reason`,
      [],
    );
    await page.goto(`${site.url}/`);
    await shot('stopped');
    await page.getByText('Menu').click();
    await shot('menu');
    await site.db.owner.query('update stops set active = false', []);
    await context.close();
  });
});

test('on paper a run says exactly when and who looked, and folds nothing away', async () => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 760, height: 1000 },
  });
  const page = await context.newPage();
  await signIn(context, page, 'Ada Auditor');
  const { runId } = await seedWaitingRun(site.db.owner);
  await page.goto(`${site.url}/runs/${runId}`);
  const given = page.getByText('"host_id":"H17"').first();
  const seen = page.getByText('as Ada Auditor saw it at 20');
  expect([await given.isVisible(), await seen.isVisible()]).toEqual([false, false]);
  await page.emulateMedia({ media: 'print' });
  expect([await given.isVisible(), await seen.isVisible()]).toEqual([true, true]);
  const time = page.locator('main time').first();
  const printed = await time.evaluate(
    (element) => element.ownerDocument.defaultView?.getComputedStyle(element, '::after').content,
  );
  expect(printed).toBe(`"${await time.getAttribute('datetime')}"`);
  expect(await page.getByRole('navigation').first().isVisible()).toBe(false);
  expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(760);
  await page.screenshot({ path: join(folder, 'paper-run.png'), fullPage: true });
  await context.close();
});

test('a link on another site leads a signed-in person straight to the card', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(context, page, 'Dee');
  const { approvalId } = await seedWaitingRun(site.db.owner);
  const body = `<a href="${site.url}/a/${approvalId}">Decide</a>`;
  await page.route('http://chat.example.test/', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('http://chat.example.test/');
  await page.getByRole('link', { name: 'Decide' }).click();
  await page.getByRole('heading', { name: 'Isolate server DB-1?' }).waitFor();
  await context.close();
});
