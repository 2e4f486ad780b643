import { describe, expect, test } from 'vitest';
import { useDovecot } from '../support/dovecot.ts';
import { contentOf, deliver } from '../support/mail-folders.ts';
import { beforeMove, handsOver, keysIn, openImap, outputsOf } from './support/mailboxes.ts';

/*
 * Quarantine and release over a real Dovecot. The owner of a mailbox is a client of its own; nothing is asserted of
 * what was said over the line, only of where the mail lies then.
 */

const people = ['ann', 'lea', 'jan', 'kim', 'bea', 'cleo', 'dora', 'eva', 'fay', 'gil', 'hal', 'ivo'];
const dovecot = await useDovecot(people.map((name) => ({ name: `${name}@example.org` })));
const imap = dovecot.missing === null ? handsOver(dovecot) : ({} as ReturnType<typeof handsOver>);

describe.skipIf(dovecot.missing !== null)('a mailbox', () => {
  test('loses a message to a folder that nobody is shown, and gets it back as it was', async () => {
    const ann = await dovecot.owner('ann@example.org');
    await ann.mailboxCreate('Lists/Security');
    await deliver(ann, 'Lists/Security', { 'Message-ID': '<one@phish.example>' }, [
      '\\Seen',
      '\\Flagged',
      '$Work',
    ]);
    const flags = ['$Work', '\\Flagged', '\\Seen'];
    const message = 'ann@example.org/<one@phish.example>';

    const done = await imap.quarantine(message);
    expect(done).toMatchObject({ kind: 'succeeded', changed: true });
    const { kept_as, ...outputs } = outputsOf(done);
    expect(outputs).toEqual({
      state: 'quarantined',
      mailbox: 'ann@example.org',
      folder: 'Lists/Security',
      location: 'Quarantine',
      subject: 'Your invoice',
      from: 'billing@phish.example',
      flags,
      copies: 1,
    });
    expect(await contentOf(ann, 'Lists/Security')).toEqual([]);
    expect(await contentOf(ann, 'Quarantine')).toEqual([{ id: '<one@phish.example>', uid: 1, flags }]);
    const shown = (await ann.list()).filter(({ subscribed }) => subscribed === true).map(({ path }) => path);
    expect(shown).not.toContain('Quarantine');
    expect(await imap.checkQuarantine(message)).toMatchObject({ kind: 'present' });
    expect(await imap.quarantine(message)).toMatchObject({ kind: 'succeeded', changed: false });

    const back = await imap.release({ message, folder: 'Lists/Security', kept_as: String(kept_as) });
    expect(back).toMatchObject({ kind: 'succeeded', changed: true, outputs: { location: 'Lists/Security' } });
    expect(await contentOf(ann, 'Lists/Security')).toMatchObject([{ id: '<one@phish.example>', flags }]);
    expect(await contentOf(ann, 'Quarantine')).toEqual([]);
    expect(await imap.checkRelease({ message })).toMatchObject({ kind: 'present' });
    expect(await imap.release({ message })).toMatchObject({ kind: 'succeeded', changed: false });
  });

  test('with two copies in one folder loses both, or the one that is named', async () => {
    const bea = await dovecot.owner('bea@example.org');
    for (const subject of ['First', 'Second'])
      await deliver(bea, 'INBOX', { 'Message-ID': '<twice@phish.example>', Subject: subject });
    const both = 'bea@example.org/<twice@phish.example>';

    const done = outputsOf(await imap.quarantine(both));
    expect(done).toMatchObject({ copies: 2, folder: 'INBOX', subject: 'Second' });
    expect(await contentOf(bea, 'INBOX')).toEqual([]);
    await imap.release({ message: both, folder: 'INBOX', kept_as: String(done.kept_as) });
    expect(await contentOf(bea, 'INBOX')).toHaveLength(2);

    const keys = keysIn(
      await imap.search({ mailbox: 'bea@example.org', message_id: '<twice@phish.example>' }),
    );
    expect(keys).toHaveLength(2);
    const [newer = '', older = ''] = keys;
    const one = outputsOf(await imap.quarantine(older));
    expect(one).toMatchObject({ copies: 1, subject: 'First' });
    expect((await contentOf(bea, 'INBOX'))?.map(({ uid }) => `uid=${uid}`)).toEqual([
      /uid=\d+(?=\/)/.exec(newer)?.[0],
    ]);
    const other = outputsOf(await imap.quarantine(newer));

    // Nobody knows which of the two is meant, so neither is taken.
    expect(await imap.release({ message: older })).toMatchObject({ failure: { code: 'conflict' } });
    expect(await contentOf(bea, 'Quarantine')).toHaveLength(2);
    await imap.release({ message: older, kept_as: String(one.kept_as) });
    expect(
      outputsOf(await imap.search({ mailbox: 'bea@example.org', subject: 'First', folder: 'INBOX' })),
    ).toMatchObject({
      messages: [{ subject: 'First' }],
    });
    // It has gone back already: its twin in quarantine is not taken for it.
    expect(await imap.release({ message: older, kept_as: String(one.kept_as) })).toMatchObject({
      changed: false,
    });
    expect(await contentOf(bea, 'Quarantine')).toHaveLength(1);
    expect(other.kept_as).not.toBe(one.kept_as);
  });

  test('with copies in two folders keeps both until each is named, and a search names them', async () => {
    const cleo = await dovecot.owner('cleo@example.org');
    await cleo.mailboxCreate('Büro & "Co" *%');
    for (const folder of ['INBOX', 'Büro & "Co" *%'])
      await deliver(cleo, folder, { 'Message-ID': '<list@phish.example>' });
    expect(await imap.quarantine('cleo@example.org/<list@phish.example>')).toMatchObject({
      kind: 'failed',
      failure: { code: 'conflict', message: expect.stringContaining('2 folders') },
    });
    expect(await contentOf(cleo, 'INBOX')).toHaveLength(1);

    for (const key of keysIn(
      await imap.search({ mailbox: 'cleo@example.org', message_id: 'list@phish.example' }),
    )) {
      const { kept_as } = outputsOf(await imap.quarantine(key));
      expect(await contentOf(cleo, 'Quarantine')).toHaveLength(1);
      await imap.release({ message: key, kept_as: String(kept_as) });
    }
    expect(await contentOf(cleo, 'INBOX')).toHaveLength(1);
    expect(await contentOf(cleo, 'Büro & "Co" *%')).toHaveLength(1);
  });

  test('never loses a message that another name stands for by now', async () => {
    const dora = await dovecot.owner('dora@example.org');
    await dora.mailboxCreate('Work');
    await deliver(dora, 'Work', { 'Message-ID': '<bad@phish.example>' });
    const [key = ''] = keysIn(
      await imap.search({ mailbox: 'dora@example.org', message_id: 'bad@phish.example' }),
    );
    await dora.mailboxDelete('Work');
    await dora.mailboxCreate('Work');
    await deliver(dora, 'Work', { 'Message-ID': '<good@example.org>' });

    expect(await imap.quarantine(key)).toMatchObject({ failure: { code: 'not-found' } });
    const [now] = keysIn(await imap.search({ mailbox: 'dora@example.org', message_id: 'good@example.org' }));
    const place = (name: string) => name.slice(0, name.indexOf('/<'));
    // Its uidvalidity with the id of before, its uid with the uidvalidity of before, and that without an id.
    for (const wrong of [
      `${place(now ?? '')}/<bad@phish.example>`,
      `${place(key)}/<good@example.org>`,
      place(key),
    ])
      expect(await imap.quarantine(wrong)).toMatchObject({ kind: 'failed', failure: { code: 'not-found' } });
    expect(await contentOf(dora, 'Work')).toHaveLength(1);
    expect(await imap.quarantine(place(now ?? ''))).toMatchObject({ kind: 'succeeded', changed: true });
    expect(await contentOf(dora, 'Work')).toEqual([]);
  });

  test('that its owner changed meanwhile says where the message lies', async () => {
    const eva = await dovecot.owner('eva@example.org');
    await eva.mailboxCreate('Projects');
    await deliver(eva, 'Projects', { 'Message-ID': '<moved@phish.example>' });
    const [key = ''] = keysIn(
      await imap.search({ mailbox: 'eva@example.org', message_id: 'moved@phish.example' }),
    );
    const done = outputsOf(await imap.quarantine(key));

    await eva.mailboxOpen('Quarantine');
    await eva.messageMove('1:*', 'INBOX');
    expect(await imap.checkQuarantine(key)).toEqual({ kind: 'absent', shows: { location: 'INBOX' } });
    expect(await imap.release({ message: key, kept_as: String(done.kept_as) })).toMatchObject({
      changed: false,
    });

    await eva.mailboxOpen('INBOX');
    await eva.messageDelete('1:*');
    expect(await imap.checkQuarantine(key)).toEqual({ kind: 'absent', shows: { location: 'nowhere' } });
    expect(await imap.release({ message: key })).toMatchObject({ failure: { code: 'not-found' } });
  });

  test('whose folder was renamed gets the message into INBOX, and says so', async () => {
    const fay = await dovecot.owner('fay@example.org');
    await fay.mailboxCreate('Projects');
    await deliver(fay, 'Projects', { 'Message-ID': '<away@phish.example>' });
    const message = 'fay@example.org/<away@phish.example>';
    const { folder, kept_as } = outputsOf(await imap.quarantine(message));
    await fay.mailboxRename('Projects', 'Projects of last year');
    const back = await imap.release({ message, folder: String(folder), kept_as: String(kept_as) });
    expect(back).toMatchObject({ changed: true, outputs: { location: 'INBOX' } });
    expect(await contentOf(fay, 'INBOX')).toHaveLength(1);
    expect(await contentOf(fay, 'Projects of last year')).toEqual([]);
  });

  test('whose quarantine was renamed says where the message lies, and it stays there', async () => {
    const gil = await dovecot.owner('gil@example.org');
    await deliver(gil, 'INBOX', { 'Message-ID': '<kept@phish.example>' });
    const message = 'gil@example.org/<kept@phish.example>';
    await imap.quarantine(message);
    await gil.mailboxRename('Quarantine', 'Mine');
    expect(await imap.checkQuarantine(message)).toEqual({ kind: 'absent', shows: { location: 'Mine' } });
    expect(await imap.release({ message })).toMatchObject({ changed: false, outputs: { location: 'Mine' } });
  });

  test('finds a message by each id that its header gives, however that is written', async () => {
    const hal = await dovecot.owner('hal@example.org');
    const odd = [
      '<a@x> (comment) <b@x>',
      '\r\n <folded@x>',
      'without-brackets@x',
      '<c@x>\r\nMessage-ID: <d@x>',
      '<"quo\\"ted" \\ %*@x>',
    ];
    for (const id of odd) await deliver(hal, 'INBOX', { 'Message-ID': id });
    for (const id of ['a@x', 'b@x', 'c@x', 'd@x', 'folded@x', 'without-brackets@x', '"quo\\"ted" \\ %*@x']) {
      const message = `hal@example.org/<${id}>`;
      const done = await imap.quarantine(message);
      expect(done, id).toMatchObject({ kind: 'succeeded', changed: true, outputs: { copies: 1 } });
      await imap.release({ message, kept_as: String(outputsOf(done).kept_as) });
    }
    // Part of an id is another id.
    expect(await imap.quarantine('hal@example.org/<olded@x>')).toMatchObject({
      failure: { code: 'not-found' },
    });
    expect(await contentOf(hal, 'INBOX')).toHaveLength(odd.length);
  });

  test('keeps what it shares with others: that is not of this mailbox', async () => {
    const lea = await dovecot.owner('lea@example.org');
    await lea.mailboxCreate('Public/News');
    await deliver(lea, 'Public/News', { 'Message-ID': '<all@phish.example>' });
    const { uidValidity } = await lea.mailboxOpen('Public/News');
    const found = await imap.search({ mailbox: 'lea@example.org', message_id: 'all@phish.example' });
    expect(keysIn(found)).toEqual([]);
    const copy = `Public%2FNews;uidvalidity=${uidValidity};uid=1/<all@phish.example>`;
    for (const named of ['<all@phish.example>', copy])
      expect(await imap.quarantine(`lea@example.org/${named}`)).toMatchObject({
        failure: { code: 'not-found' },
      });
    expect(await contentOf(lea, 'Public/News')).toHaveLength(1);
  });

  test('with sixty copies of one mail loses them all', async () => {
    const jan = await dovecot.owner('jan@example.org');
    for (let n = 0; n < 60; n++) await deliver(jan, 'INBOX', { 'Message-ID': '<again@phish.example>' });
    const message = 'jan@example.org/<again@phish.example>';
    const done = outputsOf(await imap.quarantine(message));
    expect(done.copies).toBe(60);
    expect(await contentOf(jan, 'INBOX')).toEqual([]);
    expect(await imap.checkQuarantine(message)).toMatchObject({ kind: 'present' });
    await imap.release({ message, kept_as: String(done.kept_as) });
    expect(await contentOf(jan, 'INBOX')).toHaveLength(60);
  });

  test('that lost the message to somebody else a moment before is not said to have been cleaned', async () => {
    const kim = await dovecot.owner('kim@example.org');
    await deliver(kim, 'INBOX', { 'Message-ID': '<gone@phish.example>' });
    const quicker = handsOver(dovecot, {
      imap: beforeMove(openImap(), async () => {
        await kim.mailboxOpen('INBOX');
        await kim.messageDelete('1:*');
      }),
    });
    expect(await quicker.quarantine('kim@example.org/<gone@phish.example>')).toMatchObject({
      kind: 'failed',
      failure: { code: 'not-found' },
    });
  });

  test('finds what arrived lately, by sender and by words, and says when there is more', async () => {
    const ivo = await dovecot.owner('ivo@example.org');
    for (const [from, subject] of [
      ['Boss <boss@example.org>', 'Lunch'],
      ['"boss@example.org" <boss@evil.example>', 'Überweisung heute'],
      ['Boss <BOSS@example.org>', '=?utf-8?Q?=C3=9Cberweisung?='],
    ])
      await deliver(ivo, 'INBOX', { From: from ?? '', Subject: subject ?? '' });
    const mailbox = 'ivo@example.org';
    const subjects = async (input: object) => {
      const outputs = outputsOf(await imap.search({ mailbox, ...input }));
      return (outputs.messages as { subject: string }[]).map(({ subject }) => subject);
    };
    expect(await subjects({ sender: 'boss@example.org' })).toEqual(['Überweisung', 'Lunch']);
    expect(await subjects({ subject: 'überweisung' })).toEqual(['Überweisung', 'Überweisung heute']);
    expect(outputsOf(await imap.search({ mailbox, sender: 'boss@example.org', limit: 1 }))).toMatchObject({
      messages: [{ subject: 'Überweisung' }],
      complete: false,
    });
    expect(await imap.search({ mailbox, sender: 'boss@example.org', folder: 'No such' })).toMatchObject({
      failure: { code: 'not-found' },
    });
    const old = new Date(Date.now() - 40 * 86_400_000);
    await ivo.append('INBOX', 'Subject: Lunch long ago\r\n\r\nYes.\r\n', [], old);
    expect(await subjects({ subject: 'Lunch' })).toEqual(['Lunch']);
    expect(await subjects({ subject: 'Lunch', received_within: '50d' })).toEqual(['Lunch long ago', 'Lunch']);
  });
});
