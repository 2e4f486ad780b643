import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passkeyWay } from '../../api/console/sign-in/passkey.ts';
import { readOrderEvidence, whyNotSignedAs } from '../../engine/core/audit/signed-order.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { answerOrders } from './order-use-cases.ts';
import { type ConsoleUnderTest, startConsole } from './start-console.ts';

/*
 * Two people give a place outside up, each in a real browser with an authenticator that Chromium plays, and the
 * sequencer that demands both signatures does it.
 */

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };

let browser: Browser;
let folder: string;
beforeAll(async () => {
  folder = await screenshotFolder();
  browser = await openBrowser();
});
afterAll(() => browser?.close());

async function openSite(): Promise<ConsoleUnderTest> {
  const site = await startConsole({
    atLocalhost: true,
    signInWays: (url) => {
      const party = relyingPartyOf(url);
      return party === null ? [] : [passkeyWay(party)];
    },
  });
  answerOrders(site);
  await record(site.db, numbered(3));
  await sequencerOf(site.db.sequencer, { keys: keysOf(testSigner) }).flush();
  await site.db.owner.query(
    "insert into audit_anchor (tenant_id, log_id, place, size, carried_at) values ('default', '1', 'file:///mnt/worm/gone', 3, now())",
  );
  return site;
}

/** Somebody with a browser of their own and a passkey in it. @returns the line that the host is told */
async function come(
  site: ConsoleUnderTest,
  context: BrowserContext,
  name: string,
): Promise<{ page: Page; line: string; touches(enabled: boolean): Promise<unknown> }> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const { secret } = await site.link(name, ['operator']);
  await page.goto(`${site.url}/sign-in/${secret}`);
  await page.getByRole('button', { name: `Sign in as ${name}` }).click();
  await page.waitForURL(`${site.url}/`);
  await page.goto(`${site.url}/settings/passkeys`);
  await page.getByLabel('Its name').fill('Virtual phone');
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.waitForURL(`${site.url}/settings/passkeys`);
  await page.getByText('For orders about the log').click();
  const touches = (enabled: boolean) =>
    cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  return { page, line: (await page.locator('details code').textContent()) ?? '', touches };
}

describe.each([
  ['light', phone],
  ['dark', desk],
] as const)('in the %s theme', (colorScheme, viewport) => {
  test('both sign what they give up, and it is given up', async () => {
    const site = await openSite();
    const keep = async (page: Page, name: string) => {
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      expect(wide, name).toBeLessThanOrEqual(viewport.width);
      await page.screenshot({ path: join(folder, `order-${colorScheme}-${name}.png`), fullPage: true });
    };
    const contexts = await Promise.all([
      browser.newContext({ viewport, colorScheme }),
      browser.newContext({ viewport, colorScheme }),
    ]);
    const ada = await come(site, contexts[0], 'Ada');
    const bo = await come(site, contexts[1], 'Bo');
    await keep(ada.page, 'passkeys');
    const signers = [ada.line, bo.line].map((line) => {
      const [personId = '', publicKey = ''] = line.split('=');
      return { personId, publicKey };
    });

    await ada.page.goto(`${site.url}/audit/log`);
    await ada.page.getByText('Give a place up').click();
    await ada.page.getByLabel('Why it does not come back').fill('The disk is broken');
    await ada.page.getByRole('button', { name: 'Propose to give it up' }).click();
    await ada.page.waitForURL(`${site.url}/audit/log`);
    await ada.page.getByText('You proposed it and signed it with your passkey.').waitFor();
    await keep(ada.page, 'proposed');

    await bo.page.goto(`${site.url}/audit/log`);
    await bo.page.getByText('Ada has signed it. You confirm it by signing it too.').waitFor();
    await keep(bo.page, 'to-confirm');
    // Somebody looks at what they sign before they touch the key.
    await bo.touches(false);
    await bo.page.getByRole('button', { name: 'Confirm: give this place up' }).click();
    await bo.page.getByText('Your passkey signs exactly this').waitFor();
    await keep(bo.page, 'signing');
    await bo.touches(true);
    await bo.page.goto(`${site.url}/audit/log`);
    await bo.page.getByRole('button', { name: 'Confirm: give this place up' }).click();
    await bo.page.waitForURL(`${site.url}/audit/log`);
    await bo.page.getByText('Both have signed it with their passkeys.').waitFor();
    await keep(bo.page, 'confirmed');

    const { rows } = await site.db.owner.query<{ digest: string; one: string; other: string }>(
      'select digest, proposed_signature as one, confirmed_signature as other from audit_orders',
    );
    const [{ digest = '', one = '', other = '' } = {}] = rows;
    for (const [role, text] of [['proposer', one] as const, ['confirmer', other] as const]) {
      const evidence = readOrderEvidence(text);
      expect(evidence && whyNotSignedAs(evidence, { order: digest, role })).toBeNull();
      expect(evidence).not.toBeNull();
    }
    const sequencer = sequencerOf(site.db.sequencer, {
      keys: keysOf(testSigner),
      signers,
      limits: { pollMs: 10, idlePollMs: 20 },
    });
    await sequencer.start();
    await until(
      async () =>
        (await site.db.owner.query("select 1 from audit_orders where state = 'done'")).rowCount === 1,
      'it is given up',
    );
    await sequencer.stop();
    await Promise.all(contexts.map((context) => context.close()));
  });
});
