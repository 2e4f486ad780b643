import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageKey, messageOf, plainMessageId } from '../../actions/imap/client/message-key.ts';
import { handsOver } from './support/mailboxes.ts';

/* Ids and folder names are chosen by whoever sends a mail; the name of a message is made of them. */

describe('the name of a message', () => {
  test('is read back as what it was made of, whatever stands in it', () => {
    const printable = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
    const id = printable.filter((text) => text.trim() === text && !/[<>]/.test(text));
    const copy = fc.record({
      folder: printable,
      uidValidity: fc.nat({ max: 4_294_967_295 }).map(String),
      uid: fc.integer({ min: 1, max: 4_294_967_295 }),
    });
    const key = fc.record({
      mailbox: fc.constant('ann@example.org'),
      messageId: fc.option(id),
      copy: fc.option(copy),
    });
    fc.assert(
      fc.property(
        key.filter(({ messageId, copy: one }) => messageId !== null || one !== null),
        (given) => {
          expect(messageOf({ message: messageKey(given) })).toEqual({ ok: true, key: given });
        },
      ),
    );
  });

  test('leaves out an id that could end its line, and stays the name of that copy', () => {
    const copy = { folder: 'INBOX', uidValidity: '1', uid: 2 };
    for (const messageId of ['a\r\nb', 'a\0b', 'a>b', ''])
      expect(messageKey({ mailbox: 'ann', messageId, copy })).toBe('ann/INBOX;uidvalidity=1;uid=2');
  });

  test.each([
    ['nothing', ''],
    ['no mailbox', '/<a@b>'],
    ['no message', 'ann@example.org/'],
    ['an id without brackets', 'ann@example.org/a@b'],
    ['a second master user', 'ann*riposte@example.org/<a@b>'],
    ['another user behind NUL', 'ann\0bea/<a@b>'],
    ['a line break in the mailbox', 'ann\r\nA1 LOGOUT/<a@b>'],
    ['quotes in the mailbox', 'ann"@example.org/<a@b>'],
    ['a blank in the mailbox', 'ann bea/<a@b>'],
    ['a variable of Dovecot', 'ann%u@example.org/<a@b>'],
    ['a line break in the id', 'ann@example.org/<a\r\nA1 DELETE INBOX>'],
    ['NUL in the id', 'ann@example.org/<a\0b>'],
    ['two ids', 'ann@example.org/<a@b><c@d>'],
    ['an empty id', 'ann@example.org/<>'],
    ['half a character', 'ann@example.org/<a\ud800b>'],
    ['an id that looks like a copy', 'ann@example.org/x>;uidvalidity=1;uid=2/<a@b>'],
    ['a line break in the folder', 'ann@example.org/IN%0D%0ABOX;uidvalidity=1;uid=2'],
    ['a folder that is no text', 'ann@example.org/%ff;uidvalidity=1;uid=2'],
    ['a range of uids', 'ann@example.org/INBOX;uidvalidity=1;uid=1:*'],
    ['every uid', 'ann@example.org/INBOX;uidvalidity=1;uid=*'],
    ['uid zero', 'ann@example.org/INBOX;uidvalidity=1;uid=0'],
    ['a uid that is none', 'ann@example.org/INBOX;uidvalidity=1;uid=4294967296'],
    ['a uid of no folder', 'ann@example.org/;uidvalidity=1;uid=2'],
  ])('is refused with %s, before anybody is asked', async (_what, message) => {
    const unreached = { visit: () => Promise.reject(new Error('somebody was asked')) };
    const connection = { id: 'post', system: 'imap', settings: {}, secret: async () => 'password' };
    const imap = handsOver({ connection: () => connection } as never, { imap: unreached });
    const refused = { kind: 'failed', failure: { code: 'invalid-request', kind: 'terminal' } };
    expect(await imap.quarantine(message)).toMatchObject(refused);
    expect(await imap.release({ message })).toMatchObject(refused);
    expect(await imap.checkQuarantine(message)).toMatchObject({ kind: 'unknown' });
  });

  test('takes an id with and without brackets', () => {
    expect([plainMessageId(' <a@b> '), plainMessageId('a@b'), plainMessageId('<a@b')]).toEqual([
      'a@b',
      'a@b',
      null,
    ]);
  });
});
