import { describe, expect, test } from 'vitest';
import { guardImap } from '../../engine/runtime/imap/guard-imap.ts';
import { authorityPem } from '../outward/test-authority.ts';
import { useDovecot } from '../support/dovecot.ts';
import { contentOf, deliver } from '../support/mail-folders.ts';
import { openOddImap } from '../support/odd-imap.ts';
import { handsOver, keysIn, openImap, outputsOf } from './support/mailboxes.ts';

/* Servers that can do less: the same Dovecot, told to say so. */

const people = [{ name: 'ann@example.org' }];
const message = 'ann@example.org/<bad@phish.example>';
const bare = await useDovecot(people, { capability: 'IMAP4rev1 NAMESPACE UIDPLUS' });
const barer = await useDovecot(people, { capability: 'IMAP4rev1 NAMESPACE' });
const noPlain = await useDovecot(people, { mechanisms: 'login' });

describe.skipIf(bare.missing !== null)('a server', () => {
  test('without MOVE copies and removes the one message, and no other that was marked as deleted', async () => {
    const ann = await bare.owner('ann@example.org');
    await deliver(ann, 'INBOX', { 'Message-ID': '<marked@example.org>' }, ['\\Deleted']);
    await deliver(ann, 'INBOX', { 'Message-ID': '<bad@phish.example>' }, ['\\Seen']);
    const imap = handsOver(bare);
    const done = outputsOf(await imap.quarantine(message));
    expect(await contentOf(ann, 'INBOX')).toMatchObject([{ id: '<marked@example.org>' }]);
    expect(await contentOf(ann, 'Quarantine')).toMatchObject([{ flags: ['\\Seen'] }]);
    await imap.release({ message, kept_as: String(done.kept_as) });
    expect(await contentOf(ann, 'INBOX')).toMatchObject([
      { id: '<marked@example.org>' },
      { id: '<bad@phish.example>', flags: ['\\Seen'] },
    ]);
  });

  test('without MOVE and UIDPLUS is not asked to, since other mail would go along', async () => {
    const ann = await barer.owner('ann@example.org');
    await deliver(ann, 'INBOX', { 'Message-ID': '<bad@phish.example>' });
    expect(await handsOver(barer).quarantine(message)).toMatchObject({
      kind: 'failed',
      failure: { code: 'unsupported-target' },
    });
    expect(await contentOf(ann, 'INBOX')).toMatchObject([{ id: '<bad@phish.example>', flags: [] }]);
    expect(
      keysIn(await handsOver(barer).search({ mailbox: 'ann@example.org', message_id: 'bad@phish.example' })),
    ).toHaveLength(1);
  });

  test('without MOVE is left between copying and removing when the lease is over, and nobody says what became of it', async () => {
    const ann = await bare.owner('ann@example.org');
    await deliver(ann, 'INBOX', { 'Message-ID': '<half@phish.example>' });
    const half = 'ann@example.org/<half@phish.example>';
    let checks = 0;
    const check = () => {
      checks += 1;
      if (checks === 3) throw new Error('lease over');
    };
    const imap = handsOver(bare, { imap: guardImap(openImap(), check, (text) => text) });
    expect(await imap.quarantine(half)).toMatchObject({ kind: 'unknown' });
    expect(checks).toBe(3);
    expect(await contentOf(ann, 'INBOX')).toContainEqual(
      expect.objectContaining({ id: '<half@phish.example>' }),
    );
    expect(await contentOf(ann, 'Quarantine')).toHaveLength(1);
    expect(await handsOver(bare).checkQuarantine(half)).toMatchObject({ kind: 'absent' });
    expect(await handsOver(bare).quarantine(half)).toMatchObject({ kind: 'succeeded', changed: true });
    expect(await contentOf(ann, 'INBOX')).not.toContainEqual(
      expect.objectContaining({ id: '<half@phish.example>' }),
    );
  });

  test('that signs nobody in on behalf of others is not taken for one that did', async () => {
    const settings = { access: 'authzid', user: 'ann@example.org' };
    const connection = noPlain.connection(settings, 'own-password-of-everybody');
    expect(
      await handsOver(noPlain, { connection }).search({ mailbox: 'bea@example.org', subject: 'x' }),
    ).toMatchObject({
      kind: 'failed',
    });
    expect(await noPlain.log()).not.toContain('Login: user=<ann@example.org>');
    const byMaster = handsOver(noPlain, { connection: noPlain.connection() });
    expect(await byMaster.search({ mailbox: 'ann@example.org', subject: 'x' })).toMatchObject({
      kind: 'succeeded',
    });
  });
});

/** Hands over a server made for one test. */
function handsOverOdd(url: string, access = 'master-user') {
  const connection = {
    id: 'odd',
    system: 'imap',
    settings: { url, user: 'riposte', access, ca: authorityPem },
    secret: async () => 'password-of-the-service-4711',
  };
  return handsOver(bare, { connection });
}

const capability = { CAPABILITY: '* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n' };
const folder = '* LIST () "/" INBOX\r\n';
const search = { mailbox: 'ann@example.org', subject: 'x' };

describe('a server that nobody signs in to', () => {
  test.each([
    ['since it says that we are known', '* PREAUTH welcome', 'master-user'],
    ['on behalf of others, since it knows LOGIN alone', '* OK welcome', 'authzid'],
  ])('%s is left before a folder is opened', async (_why, greeting, access) => {
    const odd = await openOddImap(greeting, { ...capability, LIST: folder });
    expect(await handsOverOdd(`imaps://localhost:${odd.port}`, access).search(search)).toMatchObject({
      failure: { code: 'unsupported-target' },
    });
    expect(odd.heard).not.toContain('EXAMINE');
  });

  test.each(['* OK welcome', '* PREAUTH welcome'])(
    'since TLS was taken out of what it offers hears no password (%s)',
    async (greeting) => {
      const odd = await openOddImap(greeting, { ...capability, LIST: folder }, { plain: true });
      expect(await handsOverOdd(`imap://localhost:${odd.port}`).search(search)).toMatchObject({
        failure: { code: 'misconfigured' },
      });
      expect(odd.heard.filter((command) => !['CAPABILITY', 'LOGOUT'].includes(command))).toEqual([]);
    },
  );

  test('is one thing, and one that knows LOGIN alone is signed in to as a master user', async () => {
    const odd = await openOddImap('* OK welcome', { ...capability, LIST: folder, UID: '* SEARCH\r\n' });
    const found = await handsOverOdd(`imaps://localhost:${odd.port}`).search(search);
    expect(found).toMatchObject({ kind: 'succeeded', outputs: { messages: [] } });
    expect(odd.heard).toEqual(expect.arrayContaining(['LOGIN', 'EXAMINE']));
  });
});

describe('a server that was signed in to', () => {
  test.each([
    ['a text', '* LIST () "/" {3000000}\r\n'],
    ['a line', `* LIST () "/" ${'x'.repeat(5_000_000)}\r\n`],
    ['a list', `* LIST (${'x '.repeat(150_000)}) "/" INBOX\r\n`],
  ])('and sends %s beyond all measure is not listened to', async (_what, answer) => {
    const odd = await openOddImap('* OK welcome', { ...capability, LIST: answer });
    expect(await handsOverOdd(`imaps://localhost:${odd.port}`).search(search)).toMatchObject({
      kind: 'failed',
      failure: { code: 'invalid-response' },
    });
  });

  test.each([
    ['for one message did nothing', [1], 'NO [NOPERM]', { kind: 'failed', failure: { code: 'forbidden' } }],
    [
      'for one may pass',
      [1],
      'NO [INUSE]',
      { kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } },
    ],
    [
      'without a reason is final',
      [1],
      'NO',
      { kind: 'failed', failure: { code: 'conflict', kind: 'terminal' } },
    ],
    ['for two may have moved one of them', [1, 2], 'NO [NOPERM]', { kind: 'unknown' }],
  ])('and says no: a no %s', async (_what, uids, no, outcome) => {
    const fetched = (uid: number) => {
      const header = 'Message-ID: <x@y>\r\n\r\n';
      return `* ${uid} FETCH (UID ${uid} FLAGS () INTERNALDATE "20-Nov-2026 08:00:00 +0000" ENVELOPE (NIL "Hi" NIL NIL NIL NIL NIL NIL NIL "<x@y>") BODY[HEADER.FIELDS (MESSAGE-ID)] {${header.length}}\r\n${header})\r\n`;
    };
    const opened = '* 2 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n';
    const odd = await openOddImap('* OK welcome', {
      ...capability,
      LIST: `${folder}* LIST () "/" Quarantine\r\n`,
      EXAMINE: opened,
      SELECT: opened,
      UID: (line) => {
        const [tag, , what] = line.split(' ');
        if (what === 'MOVE') return `${tag} ${no} sorry\r\n`;
        const said = what === 'SEARCH' ? `* SEARCH ${uids.join(' ')}\r\n` : uids.map(fetched).join('');
        return `${said}${tag} OK done\r\n`;
      },
    });
    const imap = handsOverOdd(`imaps://localhost:${odd.port}`);
    expect(await imap.quarantine('ann@example.org/<x@y>')).toMatchObject(outcome);
  });
});
