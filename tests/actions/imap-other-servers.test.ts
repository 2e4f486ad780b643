import { describe, expect, test } from 'vitest';
import { authorityPem } from '../outward/test-authority.ts';
import { contentOf, deliver, useDovecot } from '../support/dovecot.ts';
import { openOddImap } from '../support/odd-imap.ts';
import { handsOver, keysIn, outputsOf } from './support/mailboxes.ts';

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

describe('a server that nobody signs in to', () => {
  const search = async (port: number, access: string) => {
    const connection = {
      id: 'odd',
      system: 'imap',
      settings: { url: `imaps://localhost:${port}`, user: 'riposte', access, ca: authorityPem },
      secret: async () => 'password-of-the-service-4711',
    };
    return await handsOver(bare, { connection }).search({ mailbox: 'ann@example.org', subject: 'x' });
  };
  const capability = { CAPABILITY: '* CAPABILITY IMAP4rev1\r\n' };
  const folder = '* LIST () "/" INBOX\r\n';

  test.each([
    ['since it says that we are known', '* PREAUTH welcome', 'master-user'],
    ['on behalf of others, since it knows LOGIN alone', '* OK welcome', 'authzid'],
  ])('%s is left before a folder is opened', async (_why, greeting, access) => {
    const odd = await openOddImap(greeting, { ...capability, LIST: folder });
    expect(await search(odd.port, access)).toMatchObject({ failure: { code: 'unsupported-target' } });
    expect(odd.heard).not.toContain('EXAMINE');
  });

  test('is one thing, and one that knows LOGIN alone is signed in to as a master user', async () => {
    const odd = await openOddImap('* OK welcome', { ...capability, LIST: folder, UID: '* SEARCH\r\n' });
    expect(await search(odd.port, 'master-user')).toMatchObject({
      kind: 'succeeded',
      outputs: { messages: [] },
    });
    expect(odd.heard).toEqual(expect.arrayContaining(['LOGIN', 'EXAMINE']));
  });

  test.each([
    ['a text', '* LIST () "/" {3000000}\r\n'],
    ['a line', `* LIST () "/" ${'x'.repeat(5_000_000)}\r\n`],
    ['a list', `* LIST (${'x '.repeat(150_000)}) "/" INBOX\r\n`],
  ])('that sends %s beyond all measure is not listened to', async (_what, answer) => {
    const odd = await openOddImap('* OK welcome', { ...capability, LIST: answer });
    expect(await search(odd.port, 'master-user')).toMatchObject({
      kind: 'failed',
      failure: { code: 'invalid-response' },
    });
  });
});
