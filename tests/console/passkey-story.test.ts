import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passkeyWay } from '../../api/console/sign-in/passkey.ts';
import { checkEvidence, type Evidence, sha256Of } from '../../engine/core/approval/check-evidence.ts';
import { reasonHash } from '../../engine/core/approval/signed-words.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { type Asked, hostAlert, madePlaybook, questions, until, ws0117 } from '../corridor/questions.ts';
import { openBrowser, screenshotFolder } from '../support/chromium.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { useCasesOf } from '../support/corridor-doors.ts';
import { type ConsoleUnderTest, startConsole } from './start-console.ts';

/*
 * The whole way in a real browser, with an authenticator that Chromium plays: a link, a passkey, signing in with it,
 * signing what cannot be undone, and an auditor who checks what was signed. The engine behind it is the real one.
 */

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };

let corridor: Corridor;
let site: ConsoleUnderTest;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await screenshotFolder();
  browser = await openBrowser();
  corridor = await openCorridor({ playbooks: [] });
  site = await startConsole({
    db: corridor.database,
    atLocalhost: true,
    signInWays: (url) => [passkeyWay(partyOf(url))],
  });
  const { decideApproval, breakGlass } = useCasesOf(corridor);
  site.useCases.answer('decideApproval', decideApproval);
  site.useCases.answer('breakGlass', breakGlass);
});

afterAll(async () => {
  await browser?.close();
  await corridor?.close();
});

function partyOf(url: string) {
  const party = relyingPartyOf(url);
  if (party === null) throw new Error(`no passkeys for ${url}`);
  return party;
}

/** @returns lets its owner touch it, or not */
async function plugIn(context: BrowserContext, page: Page): Promise<(touched: boolean) => Promise<unknown>> {
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
  return (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
}

async function signInByLink(page: Page, name: string, roles: Role[] = ['approver']): Promise<string> {
  const { person, secret } = await site.link(name, roles, ['soc']);
  await page.goto(`${site.url}/sign-in/${secret}`);
  await page.getByRole('button', { name: `Sign in as ${name}` }).click();
  await page.waitForURL(`${site.url}/`);
  return person.id;
}

async function makePasskey(page: Page): Promise<void> {
  await page.goto(`${site.url}/settings/passkeys`);
  await page.getByLabel('Its name').fill('Virtual phone');
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.waitForURL(`${site.url}/settings/passkeys`);
  expect(await page.getByRole('cell', { name: 'Virtual phone' }).isVisible()).toBe(true);
  // Whoever else is signed in as them is told as well.
  expect(await page.getByRole('region', { name: 'Your account' }).textContent()).toContain('Virtual phone');
}

/** What the browser shows fits its width, and is kept for people to look at. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const [wide, view] = [await page.evaluate('document.documentElement.scrollWidth'), page.viewportSize()];
  expect(wide, name).toBeLessThanOrEqual(view?.width ?? 0);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

async function entriesOf(
  type: string,
): Promise<{ actor: { id: string }; data: { [name: string]: unknown } }[]> {
  const { rows } = await corridor.database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending where convert_from(entry, 'utf8')::json->>'type' = $1`,
    [type],
  );
  return rows.map(({ entry }) => JSON.parse(entry));
}

let asks = 0;
async function askAboutFile(waiting = 1): Promise<Asked> {
  const id = `gone-${++asks}`;
  const step = `  - id: isolate
    action: edr.quarantine-file
    with: { host_id: "\${{ inputs.host_id }}", sha1: 3ab1f9b7a5611cc8ce960012b18654bb779e515c }
    approval: { approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook(id, step));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === waiting);
  return (await questions(corridor, 'pending')).at(-1) as Asked;
}

describe.each([
  ['light', phone],
  ['dark', desk],
] as const)('in the %s theme', (colorScheme, viewport) => {
  test('from a link to a signed approval that an auditor can check', async () => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    const touch = await plugIn(context, page);
    const personId = await signInByLink(page, `Ann ${colorScheme}`);
    await makePasskey(page);
    await keepPicture(page, `${colorScheme}-passkeys`);

    await page.goto(site.url);
    if (viewport === phone) await page.getByText('Menu', { exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).filter({ visible: true }).click();
    await page.waitForURL(`${site.url}/signed-out`);
    await keepPicture(page, `${colorScheme}-signed-out`);
    const asked = await askAboutFile();
    await page.goto(`${site.url}/a/${asked.id}`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.waitForURL(`${site.url}/a/${asked.id}`);

    await corridor.database.owner.query(
      `update sessions set proved_at = clock_timestamp() - interval '10 minutes' where person_id = $1 and ended_at is null`,
      [personId],
    );
    const approve = async () => {
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByLabel('Type the name of the target').fill(asked.card.targets[0]?.name ?? ws0117);
      expect(await page.getByText('Your passkey signs it.').isVisible()).toBe(true);
      await page.locator('button[value=approve]').click();
    };
    await touch(false);
    await approve();
    await page.getByText('Your browser asks for the passkey').waitFor();
    expect(await page.getByText(asked.digest).isVisible()).toBe(true);
    await keepPicture(page, `${colorScheme}-prove`);
    await page.getByRole('link', { name: 'Back without deciding' }).click();
    await touch(true);
    await approve();
    await page.waitForURL(`${site.url}/a/${asked.id}`);
    expect(await page.locator('.state', { hasText: 'Approved' }).first().isVisible()).toBe(true);

    const { rows } = await corridor.database.owner.query<{ evidence: Buffer; person_id: string }>(
      `select e.evidence, d.person_id from decision_evidence e join decisions d on d.tenant_id = e.tenant_id and d.id = e.decision_id
       where d.approval_id = $1`,
      [asked.id],
    );
    expect(rows.map(({ person_id }) => person_id)).toEqual([personId]);
    const bytes = rows[0]?.evidence ?? Buffer.alloc(0);
    const voted = (await entriesOf('approval.voted')).find(({ data }) => data.evidence === sha256Of(bytes));
    expect(voted?.actor.id).toBe(personId);
    const created = (await entriesOf('passkey.created')).find(
      ({ data }) => data.passkeyId === voted?.data.passkeyId,
    );
    expect(created?.data.personId).toBe(personId);
    const expected = {
      digest: asked.digest,
      publicKeyHash: String(created?.data.publicKey),
      party: partyOf(site.url),
    };
    expect(checkEvidence(JSON.parse(String(bytes)) as Evidence, expected)).toEqual({ holds: true });
    await context.close();
  });

  test('several at once take one touch, and each can be checked by itself', async () => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    const touch = await plugIn(context, page);
    const personId = await signInByLink(page, `Sue ${colorScheme}`);
    await makePasskey(page);
    await corridor.database.owner.query(
      `update sessions set proved_at = clock_timestamp() - interval '10 minutes' where person_id = $1`,
      [personId],
    );
    const first = await askAboutFile();
    await askAboutFile(2);
    const both = await questions(corridor, 'pending');
    const approveBoth = async () => {
      const tick = async () => {
        for (const { id } of both) await page.locator(`input[type=checkbox][value^="${id}"]`).check();
      };
      await page.goto(`${site.url}/actions`);
      await tick();
      await page.getByRole('button', { name: 'Read and decide the chosen ones together' }).click();
      await tick();
      await page.getByLabel('One reason for all of them').fill('Both are the same worm');
      await page.getByLabel('To approve, type how many are ticked').fill('2');
      await page.locator('button[value=approve]').click();
    };
    await touch(false);
    await approveBoth();
    await page.getByText('Your browser asks for the passkey').waitFor();
    for (const { digest } of both) expect(await page.getByText(digest).isVisible()).toBe(true);
    await keepPicture(page, `${colorScheme}-prove-several`);
    await page.getByRole('link', { name: 'Back without deciding' }).click();
    await touch(true);
    await approveBoth();
    await page.waitForURL(`${site.url}/actions/decisions`);
    expect(await page.getByText('2 counted').isVisible()).toBe(true);

    const { rows } = await corridor.database.owner.query<{ evidence: Buffer; n: number }>(
      `select s.evidence, count(d.id)::int as n from shared_evidence s join decision_evidence e on e.shared = s.hash
       join decisions d on d.id = e.decision_id where d.person_id = $1 group by s.evidence`,
      [personId],
    );
    expect(rows.map(({ n }) => n)).toEqual([2]);
    const evidence = JSON.parse(String(rows[0]?.evidence)) as Evidence;
    const created = (await entriesOf('passkey.created')).find(({ data }) => data.personId === personId);
    const publicKeyHash = String(created?.data.publicKey);
    for (const { id: approval, digest } of both) {
      const word = { approval, decision: 'approve' } as const;
      const expected = { digest, word, publicKeyHash, party: partyOf(site.url) };
      expect(checkEvidence(evidence, expected)).toEqual({ holds: true });
    }
    expect(both.map(({ id }) => id)).toContain(first.id);
    await context.close();
  });

  test('who decides alone signs the question and the reason', async () => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    const touch = await plugIn(context, page);
    const personId = await signInByLink(page, `Gus ${colorScheme}`, ['approver', 'break-glass']);
    await makePasskey(page);
    const { owner } = corridor.database;
    // The role has to be a day old.
    await owner.query('alter table people disable trigger user');
    await owner.query(
      "update people set break_glass_since = clock_timestamp() - interval '2 days' where id = $1",
      [personId],
    );
    await owner.query('alter table people enable trigger user');
    await owner.query(
      "update sessions set proved_at = clock_timestamp() - interval '10 minutes' where person_id = $1",
      [personId],
    );
    const asked = await askAboutFile();
    const reason = 'The host encrypts the file server and nobody else answers the phone';
    const alone = async () => {
      await page.goto(`${site.url}/a/${asked.id}`);
      await page.getByText('Break the glass: decide alone').click();
      await page.getByLabel('What cannot wait').fill(reason);
      await page.locator('#glass-typed').fill(asked.card.targets[0]?.name ?? ws0117);
      await page.getByRole('button', { name: 'Approve alone' }).click();
    };
    await touch(false);
    await alone();
    await page.getByText('Your browser asks for the passkey').waitFor();
    for (const words of ['Sign with your passkey that you decide alone', reason])
      expect(await page.getByText(words).isVisible()).toBe(true);
    await keepPicture(page, `${colorScheme}-prove-alone`);
    await page.getByRole('link', { name: 'Back without deciding' }).click();
    expect(await entriesOf('approval.break-glass')).not.toContainEqual(
      expect.objectContaining({ actor: expect.objectContaining({ id: personId }) }),
    );
    await touch(true);
    await alone();
    await page.waitForURL(`${site.url}/a/${asked.id}`);
    await page.getByText('decided this alone').first().waitFor();

    const { rows } = await owner.query<{ evidence: Buffer }>(
      `select s.evidence from break_glass g join shared_evidence s on s.tenant_id = g.tenant_id and s.hash = g.shared
       where g.approval_id = $1`,
      [asked.id],
    );
    const created = (await entriesOf('passkey.created')).find(({ data }) => data.personId === personId);
    const word = { approval: asked.id, decision: 'break-glass', reason: reasonHash(reason) } as const;
    const expected = {
      digest: asked.digest,
      word,
      publicKeyHash: String(created?.data.publicKey),
      party: partyOf(site.url),
    };
    expect(
      rows.map(({ evidence }) => checkEvidence(JSON.parse(String(evidence)) as Evidence, expected)),
    ).toEqual([{ holds: true }]);
    await context.close();
  });

  test('who proves it once more comes back to the page with what they may do there', async () => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    await plugIn(context, page);
    const personId = await signInByLink(page, `Bea ${colorScheme}`);
    await makePasskey(page);
    await corridor.database.owner.query(
      `update sessions set proved_at = clock_timestamp() - interval '10 minutes' where person_id = $1`,
      [personId],
    );
    await page.goto(`${site.url}/settings/passkeys`);
    expect(await page.getByRole('button', { name: 'Make a passkey' }).count()).toBe(0);
    await keepPicture(page, `${colorScheme}-stale`);
    await page.getByRole('button', { name: 'Prove with a passkey that it is you' }).last().click();
    await page.waitForURL(`${site.url}/settings/passkeys`);
    expect(await page.getByRole('button', { name: 'Make a passkey' }).isVisible()).toBe(true);
    await context.close();
  });

  test('a browser without a key, or without scripts, is told so and keeps the link', async () => {
    const context = await browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    await plugIn(context, page);
    await page.goto(`${site.url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('No passkey answered.').waitFor();
    expect(await page.getByRole('button', { name: 'Ask for the passkey' }).isEnabled()).toBe(true);
    await keepPicture(page, `${colorScheme}-no-key`);
    await page.getByRole('link', { name: 'Sign in another way' }).click();
    expect(await page.getByText('Otherwise: a link').isVisible()).toBe(true);
    await context.close();
    const plain = await browser.newContext({ javaScriptEnabled: false, viewport, colorScheme });
    const still = await plain.newPage();
    await still.goto(`${site.url}/sign-in`);
    await still.getByRole('button', { name: 'Sign in with a passkey' }).click();
    expect(await still.getByText('This browser cannot be asked for a passkey').isVisible()).toBe(true);
    expect(await still.getByRole('button', { name: 'Ask for the passkey' }).isVisible()).toBe(false);
    await plain.close();
  });
});
