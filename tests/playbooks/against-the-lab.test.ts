import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { questions, until } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';

/*
 * The sample of each playbook, through the engine and the actions to the lab estate: what is done
 * before anybody has said a word, and what people are asked.
 */

const folder = join(import.meta.dirname, '../../playbooks');
const playbooks = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
  .map((name) => name.replace(/\.yaml$/, ''))
  // A called playbook is published before those that call it.
  .toSorted((a, b) => Number(b.includes('clean-mailbox-rules')) - Number(a.includes('clean-mailbox-rules')));

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks });
});
afterEach(async () => {
  // The next sample finds an estate and a list of runs as if nothing had been.
  const { owner } = corridor.database;
  await owner.query(`update runs set created_at = created_at - interval '3 days'`);
  await owner.query(`update approvals set state = 'cancelled' where state = 'pending'`);
  corridor.lab.estate.reset();
});
afterAll(() => corridor.close());

const applied = (effect: string, target: string) => corridor.lab.estate.effect(effect, target).applied;

/** Effects of one kind, with how often each was applied. */
function done(effect: string): number[] {
  const { effects } = corridor.lab.estate.effects();
  return Object.entries(effects)
    .filter(([name]) => name.startsWith(`${effect} `))
    .map(([, counted]) => counted.applied);
}

async function asked(): Promise<string[]> {
  return (await questions(corridor, 'pending')).map(({ card }) => card.question).toSorted();
}

const file = '5d93fb6391cdf17f61bcdba6256d641c3ad4f662d4321b92ffb94e13576d2926';
const [ws0117, ws0302] = [
  'a0716faee06f3d46eff2077c3a0fd899b6484731',
  '1480f2ac1bba6bed66d87b78688cd65a809999fd',
];
const [maria, lena] = ['cdaa57eb-2d99-57e7-9a18-bfe9267d9594', '2244774a-8b7f-57e8-a125-714b1fd20319'];

it('an intruder on the move: the workstation is cut off while a server and an administrator wait', async () => {
  await corridor.send('by-playbook/lateral-movement-contain.json');
  await corridor.rest();
  expect(applied('network-isolated', `host:${ws0117}`)).toBe(1);
  expect(done('network-isolated')).toEqual([1]);
  expect(done('sign-in-blocked')).toEqual([]);
  expect(await asked()).toEqual([
    'Disable T1 Admin (Tier 1 administrator)? The alert calls this account a victim.',
    'Isolate server fs-01.contoso.com? An intruder is moving.',
  ]);
});

it('a stolen session: both accounts are signed out and marked, a new sign-in method waits', async () => {
  await corridor.send('by-playbook/aitm-recover-session.json');
  await corridor.rest();
  for (const user of [maria, lena]) {
    expect(applied('sessions-revoked', `user:${user}`)).toBe(1);
    expect(applied('risk-confirmed', `user:${user}`)).toBe(1);
  }
  expect(done('method-deleted')).toEqual([]);
  expect(await asked()).toEqual(['Delete 1 sign-in methods of Maria Lind?']);
});

it('a password spray: high risk is signed out and marked, medium risk is a question', async () => {
  await corridor.send('by-playbook/password-spray-answer.json');
  await corridor.rest();
  expect([done('risk-confirmed'), done('sessions-revoked')]).toEqual([[1], [1]]);
  expect([applied('risk-confirmed', `user:${maria}`), applied('risk-confirmed', `user:${lena}`)]).toEqual([
    1, 0,
  ]);
  expect(await asked()).toEqual(['Did somebody get into the account of Lena Falk?']);
});

it('mailbox fraud: nothing is changed before somebody has seen the rules', async () => {
  await corridor.send('by-playbook/mailbox-fraud-stop.json');
  await corridor.rest();
  expect([...done('rule-disabled'), ...done('sessions-revoked')]).toEqual([]);
  expect(await asked()).toEqual(['Turn off 1 inbox rules of Maria Lind?']);
});

it('a campaign: every copy that is still in a mailbox goes to quarantine once, the domain waits', async () => {
  await corridor.send('by-playbook/phishing-quarantine-campaign.json');
  await corridor.rest();
  const quarantined = done('quarantined');
  expect(quarantined.length).toBeGreaterThan(5);
  expect(new Set(quarantined)).toEqual(new Set([1]));
  expect(done('domain-blocked')).toEqual([]);
  expect(await asked()).toEqual(['Block portal.invoices.example.com on every device?']);
});

it('a campaign of two thousand copies: one question about all of them, and nothing moves before', async () => {
  corridor.lab.estate.reset({ crowd: { hosts: 0, users: 0, mails: 2000 } });
  const alert = readFileSync(
    join(import.meta.dirname, '../../examples/alerts/by-playbook/phishing-quarantine-campaign.json'),
    'utf8',
  );
  const ofCrowd = alert
    .replaceAll('billing@invoices.example.com', 'bulk@bulk.example.com')
    .replaceAll('Invoice 2026-11 overdue', 'Crowd campaign')
    .replaceAll('da638000000000001106', 'da638000000000002106');
  await corridor.sendBody(JSON.parse(ofCrowd));
  await corridor.rest();
  expect(await asked()).toEqual(['Quarantine 2000 mails from bulk@bulk.example.com in 2000 mailboxes?']);
  expect(done('quarantined')).toEqual([]);
});

it('a lost device: it is shut out and locked, and erased only after two people', async () => {
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId: 'lost-device-lock',
    target: { kind: 'host', id: ws0302, name: 'ws-0302' },
    inputs: { reason: 'Left in a train' },
    mode: null,
    actor: { kind: 'person', id: 'ann', channel: 'api' },
    roles: ['analyst'],
    groups: [],
    personId: null,
  });
  expect(started).toMatchObject({ ok: true });
  await corridor.rest();
  expect(done('device-blocked')).toEqual([1]);
  expect(done('device-wiped')).toEqual([]);
  expect(done('device-locked')).toEqual([1]);
  expect(await asked()).toEqual(['Erase ws-0302.contoso.com for good?']);
});

it('malware: the file is blocked, many mails wait, and nothing final precedes its place in the log', async () => {
  await corridor.send('by-playbook/malware-block-everywhere.json');
  await until(async () => (await asked()).length > 0);
  expect(applied('file-blocked', `file:${file}`)).toBe(1);
  expect(await asked()).toEqual(['Quarantine 29 mails with invoice-2026-11.zip in 28 mailboxes?']);
  // Nobody seals the audit log in this test, and what cannot be taken back waits for that.
  expect(done('file-quarantined')).toEqual([]);
});
