import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { screenshotFolder } from '../support/chromium.ts';
import { openLive, type Seeded, vote } from './open-live.ts';
import { register } from './passkey-visitor.ts';
import type { Visitor } from './start-console.ts';

/* Several questions on one page, and what is about to be signed, while others decide: nothing goes along that changed. */

const { site, seal, open, ask, grant } = await openLive({ publicUrl: 'http://localhost' });
let kim: Visitor;
let ann: Visitor;
let folder: string;
let all: Seeded[];

beforeAll(async () => {
  kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
  ann = await site.signIn('Ann <i>', ['approver'], ['soc-tier2']);
  folder = await screenshotFolder();
});

beforeEach(async () => {
  await site.db.owner.query(
    `update approvals set state = 'cancelled', ended_at = clock_timestamp() where state = 'pending'`,
    [],
  );
  all = [await ask('Isolate ONE?'), await ask('Isolate TWO?', { quorum: 2 }), await ask('Isolate THREE?')];
  site.useCases.calls.length = 0;
});

const row = (page: Page, { approvalId }: Seeded) => page.locator(`[data-question="${approvalId}"]`);
const box = (page: Page, asked: Seeded) => row(page, asked).getByRole('checkbox');

async function chosen(who: Visitor = kim): Promise<Page> {
  const page = await open(who, '/actions');
  for (const each of await page.getByLabel(/^Choose: /).all()) await each.check();
  await page.getByRole('button', { name: 'Read and decide the chosen ones together' }).click();
  await page.getByRole('heading', { name: `${all.length} questions` }).waitFor();
  return page;
}

describe('several questions', () => {
  test('one that somebody decided says who, goes along no more, and what was written stays', async () => {
    const page = await chosen();
    const [one, two, three] = all as [Seeded, Seeded, Seeded];
    await page.getByText('3 ticked.').waitFor();
    await page.getByLabel('One reason for all of them').fill('seen them');
    await box(page, three).uncheck();
    await page.getByText('2 ticked.').waitFor();
    await grant(one, ann.person.id);
    await row(page, one).getByText('Ann <i> approved this').waitFor();
    expect([await box(page, one).isChecked(), await box(page, one).isDisabled()]).toEqual([false, true]);
    expect([await box(page, two).isChecked(), await box(page, three).isChecked()]).toEqual([true, false]);
    await page.getByText('1 ticked.').waitFor();
    expect(await page.getByLabel('One reason for all of them').inputValue()).toBe('seen them');
    await page.screenshot({ path: join(folder, 'several.png'), fullPage: true });
    await expect
      .poll(async () => {
        // Whatever is pressed just after a change is not taken.
        if (page.url().endsWith('/actions/chosen'))
          await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
        return page.getByText('1 counted').count();
      })
      .toBe(1);
    expect(site.useCases.calls.map(({ input }) => (input as { approvalId: string }).approvalId)).toEqual([
      two.approvalId,
    ]);
  });

  test('one that got a vote is shown as it is now when somebody asks for it, and is ticked by nobody else', async () => {
    const page = await chosen();
    const [, two] = all as [Seeded, Seeded, Seeded];
    await vote(site, two.approvalId, ann.person.id);
    await seal({ type: 'approval.voted', runId: two.runId, approvalId: two.approvalId });
    await row(page, two).getByText('1 of 2 approvals are there').first().waitFor();
    await expect
      .poll(async () => {
        const button = row(page, two).getByRole('button', { name: 'Show it as it is now' });
        if ((await button.count()) > 0) await button.click();
        return button.count();
      })
      .toBe(0);
    expect([await box(page, two).isChecked(), await box(page, two).isEnabled()]).toEqual([false, true]);
    await page.getByText('2 ticked.').waitFor();
  });

  test('what is pressed just after one changed is not sent', async () => {
    const page = await chosen();
    const [one] = all as [Seeded, Seeded, Seeded];
    await page.clock.install();
    await page.reload();
    await page.getByLabel('One reason for all of them').fill('seen them');
    await grant(one, ann.person.id);
    await row(page, one).getByText('Ann <i> approved this').waitFor();
    await page.clock.pauseAt(Date.now() + 600_000);
    await page.evaluate(
      `window.sent = 0; document.addEventListener('submit', (event) => { window.sent += 1; event.preventDefault(); })`,
    );
    const tellAgain = `import(document.querySelector('script[src$="/live.js"]').src.replace('live.js', 'question.js')).then((it) => it.justChanged())`;
    await page.evaluate(tellAgain);
    await page.clock.runFor(599);
    await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
    expect(await page.evaluate('window.sent')).toBe(0);
    await page.clock.runFor(1);
    await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
    expect(await page.evaluate('window.sent')).toBe(1);
  });

  test('after an answer that something is missing they are live as well, and keep what was typed', async () => {
    const page = await chosen();
    const [one] = all as [Seeded, Seeded, Seeded];
    await page.getByRole('button', { name: 'Deny the ticked ones' }).click();
    await page.getByText('Say why you deny them.').first().waitFor();
    await page.getByLabel('One reason for all of them').fill('a reason');
    await grant(one, ann.person.id);
    await row(page, one).getByText('Ann <i> approved this').waitFor();
    expect(await page.getByText('Say why you deny them.').first().isVisible()).toBe(true);
    expect(await page.getByLabel('One reason for all of them').inputValue()).toBe('a reason');
  });
});

describe('what a budget holds', () => {
  test('keeps its numbers: the place of one that was decided is empty, and the others are sent', async () => {
    await site.db.owner.query(
      `update approvals set held_by = 'guardrails:hosts', held_reason = 'A wave' where state = 'pending'`,
      [],
    );
    const [one, two, three] = all as [Seeded, Seeded, Seeded];
    const page = await open(kim, '/held?budget=guardrails:hosts');
    await page.getByLabel('How many of the list, from its top').fill('2');
    await page.getByLabel('Comment').fill('looked');
    await page.getByText('3 of the list still wait.').waitFor();
    await grant(one, ann.person.id);
    await row(page, one).getByText('It does not wait here any more').waitFor();
    await page.getByText('2 of the list still wait.').waitFor();
    expect(await row(page, three).locator('td').first().textContent()).toContain('3');
    expect(await page.getByLabel('Comment').inputValue()).toBe('looked');
    await expect
      .poll(async () => {
        if (site.useCases.calls.length === 0) await page.getByRole('button', { name: 'Deny these' }).click();
        return site.useCases.calls.length;
      })
      .toBe(1);
    expect(site.useCases.calls[0]?.input).toMatchObject({ approvals: [{ id: two.approvalId }] });
  });

  test('of which all were decided meanwhile is answered, and nothing is recorded', async () => {
    await site.db.owner.query(
      `update approvals set held_by = 'guardrails:hosts', held_reason = 'A wave' where state = 'pending'`,
      [],
    );
    const form = { budget: 'guardrails:hosts', shown: '- -', count: '2', decision: 'deny', comment: 'x' };
    const { status, text } = await kim.post('/held', form);
    expect(status).toBe(422);
    expect(text).toContain('None of these waits any more. Nothing was recorded.');
    expect(site.useCases.calls).toEqual([]);
  });
});

describe('what is about to be signed', () => {
  test('locks when one of it was decided, and leads back to reading with what was written', async () => {
    const signer = await site.signIn(`Sid ${all[0]?.approvalId}`, ['approver'], ['soc-tier2']);
    await register(signer);
    const grave = await ask('Wipe GRAVE?', { cardClass: 'eradicate' });
    all.push(grave);
    const page = await chosen(signer);
    await box(page, grave).check();
    await page.getByLabel('One reason for all of them').fill('they are lost');
    await page.getByLabel('To approve, type how many are ticked').fill('4');
    await page.getByRole('button', { name: 'Approve the ticked ones' }).click();
    await page.getByRole('heading', { name: 'Sign them with your passkey' }).waitFor();
    const [one] = all as [Seeded];
    await grant(one, ann.person.id);
    await row(page, one).getByText('Ann <i> approved this').waitFor();
    await page.getByText('What you were to sign changed meanwhile.').waitFor();
    expect(await page.getByRole('button', { name: 'Ask for the passkey' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Approve without the passkey' }).isDisabled()).toBe(true);
    await page.evaluate('document.querySelector("form[data-ask]").requestSubmit()');
    expect(site.useCases.calls).toEqual([]);
    await page.screenshot({ path: join(folder, 'sign.png'), fullPage: true });
    await page.getByRole('button', { name: 'Read it as it is now' }).click();
    await page.getByRole('heading', { name: '4 questions' }).waitFor();
    expect(await page.getByLabel('One reason for all of them').inputValue()).toBe('they are lost');
  });

  test('locks likewise when it is one question alone, and leads back to its card', async () => {
    const signer = await site.signIn(`Sue ${all[0]?.approvalId}`, ['approver'], ['soc-tier2']);
    await register(signer);
    const grave = await ask('Wipe GRAVE?', { cardClass: 'eradicate' });
    const page = await open(signer, `/a/${grave.approvalId}`);
    await page.getByLabel('Comment').fill('it is lost');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByLabel(/^Type the name of the target/).fill('DB-1');
    await expect
      .poll(
        async () => {
          if (page.url().endsWith('/confirm')) await page.locator('.bar .act').click();
          return page.getByRole('heading', { name: 'Sign it with your passkey' }).count();
        },
        { timeout: 10_000 },
      )
      .toBe(1);
    await grant(grave, ann.person.id);
    await page.getByText('What you were to sign changed meanwhile.').waitFor();
    expect(await row(page, grave).getByText('Ann <i> approved this').count()).toBe(1);
    await page.getByRole('button', { name: 'Read it as it is now' }).click();
    await page.getByRole('heading', { name: 'Wipe GRAVE?' }).waitFor();
    expect(site.useCases.calls).toEqual([]);
  });
});
