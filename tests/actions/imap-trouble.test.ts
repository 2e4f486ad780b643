import { describe, expect, test } from 'vitest';
import { hideSecrets } from '../../engine/runtime/http/hide-secrets.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { guardImap } from '../../engine/runtime/imap/guard-imap.ts';
import { createImap } from '../../engine/runtime/imap/visit-mailbox.ts';
import { type CutLine, openCutLine } from '../support/cut-line.ts';
import { type Dovecot, service, useDovecot } from '../support/dovecot.ts';
import { contentOf, deliver } from '../support/mail-folders.ts';
import { disturbed, handsOver, keysIn, openImap, outputsOf } from './support/mailboxes.ts';

/* What goes wrong between us and a real Dovecot, and what is true of the mailbox then. */

const ids = ['gus', 'ann', 'bea', 'cleo', 'dora', 'eva', 'fay'].map((name) => ({
  name: `${name}@example.org`,
}));
const dovecot = await useDovecot([...ids, { name: 'big@example.org', mail: 'mbox:~/mail:INBOX=~/inbox' }]);
const here = dovecot.missing === null;

async function withMail(mailbox: string, on: Dovecot = dovecot) {
  const owner = await on.owner(mailbox);
  await deliver(owner, 'INBOX', { 'Message-ID': '<bad@phish.example>' });
  return { owner, message: `${mailbox}/<bad@phish.example>` };
}

/** Over a line that breaks when a command that changes something is said, the making of the folder aside. */
async function overLine(cut: (line: CutLine) => void) {
  const line = await openCutLine(dovecot.ports.imaps);
  const connection = dovecot.connection({ url: `imaps://localhost:${line.port}` });
  return handsOver(dovecot, { connection, imap: disturbed(openImap(), () => cut(line)) });
}

describe.skipIf(!here)('a server', () => {
  test('that moved a message and could not say so is asked, and knows where it lay', async () => {
    const { owner } = await withMail('ann@example.org');
    await owner.mailboxCreate('Quarantine');
    const [key = ''] = keysIn(
      await handsOver(dovecot).search({ mailbox: 'ann@example.org', message_id: 'bad@phish.example' }),
    );
    const losing = await overLine((line) => line.loseAnswer());
    expect(await losing.quarantine(key)).toMatchObject({ kind: 'unknown' });
    expect(await contentOf(owner, 'INBOX')).toEqual([]);
    expect(await handsOver(dovecot).checkQuarantine(key)).toMatchObject({
      kind: 'present',
      outputs: { state: 'quarantined', folder: 'INBOX', location: 'Quarantine' },
    });
    expect(await losing.release({ message: key })).toMatchObject({ kind: 'unknown' });
    expect(await handsOver(dovecot).checkRelease({ message: key })).toMatchObject({ kind: 'present' });
    expect(await contentOf(owner, 'INBOX')).toHaveLength(1);
  });

  test('that was never told is asked, and still has it', async () => {
    const { owner, message } = await withMail('bea@example.org');
    await owner.mailboxCreate('Quarantine');
    const losing = await overLine((line) => line.loseQuestion());
    expect(await losing.quarantine(message)).toMatchObject({ kind: 'unknown' });
    expect(await handsOver(dovecot).checkQuarantine(message)).toEqual({
      kind: 'absent',
      shows: { location: 'INBOX' },
    });
  });

  test('is not sent a command that changes anything once the lease is over', async () => {
    const { owner, message } = await withMail('cleo@example.org');
    const guarded = (checks: number) => {
      let left = checks;
      const check = () => {
        if (left-- === 0) throw new Error('lease over');
      };
      return handsOver(dovecot, { imap: guardImap(openImap(), check, (text) => text) });
    };
    const refused = { kind: 'failed', failure: { code: 'timeout', kind: 'retryable' } };
    expect(await guarded(0).quarantine(message)).toMatchObject(refused);
    expect(await guarded(1).quarantine(message)).toMatchObject(refused);
    expect(await contentOf(owner, 'Quarantine')).toBeNull();
    expect(await guarded(2).quarantine(message)).toMatchObject(refused);
    expect(await contentOf(owner, 'Quarantine')).toEqual([]);
    expect(await contentOf(owner, 'INBOX')).toHaveLength(1);
    expect(await guarded(3).quarantine(message)).toMatchObject({ kind: 'succeeded' });
  });

  test('is left in the middle when the attempt is called off, and nothing was changed', async () => {
    const { owner, message } = await withMail('dora@example.org');
    const over = new AbortController();
    const imap = disturbed(openImap(), () => over.abort());
    expect(await handsOver(dovecot, { imap, signal: over.signal }).quarantine(message)).toMatchObject({
      kind: 'failed',
      failure: { code: 'cancelled' },
    });
    expect(await contentOf(owner, 'INBOX')).toHaveLength(1);
  });

  test('is spoken to over STARTTLS, and on behalf of others by authzid', async () => {
    const { owner, message } = await withMail('eva@example.org');
    const url = `imap://localhost:${dovecot.ports.imap}`;
    const ways = [{ url }, { access: 'authzid' }, { url, access: 'authzid' }];
    for (const settings of ways) {
      const imap = handsOver(dovecot, { connection: dovecot.connection(settings) });
      expect(await imap.quarantine(message)).toMatchObject({ kind: 'succeeded', changed: true });
      expect(await imap.release({ message })).toMatchObject({ kind: 'succeeded', changed: true });
    }
    expect(await contentOf(owner, 'INBOX')).toHaveLength(1);
  });

  test('does not put the password into what is stored, also when a mail repeats it', async () => {
    const fay = await dovecot.owner('fay@example.org');
    await deliver(fay, 'INBOX', { 'Message-ID': '<echo@x>', Subject: `your ${service.password}` });
    const hiding = hideSecrets(createHttp());
    const connection = hiding.watch(dovecot.connection());
    const imap = handsOver(dovecot, {
      connection,
      imap: guardImap(openImap(), () => undefined, hiding.hide),
    });
    const done = await imap.quarantine('fay@example.org/<echo@x>');
    expect(outputsOf(done).subject).toBe('your [hidden]');
  });

  test('that admits few of one person at a time is not come to by more', async () => {
    const gus = await dovecot.owner('gus@example.org');
    for (let n = 0; n < 30; n++) await deliver(gus, 'INBOX', { 'Message-ID': `<many${n}@x>` });
    const imap = openImap();
    const over = new AbortController();
    const [hands, calledOff] = [
      handsOver(dovecot, { imap }),
      handsOver(dovecot, { imap, signal: over.signal }),
    ];
    const all = Array.from({ length: 30 }, (_, n) =>
      (n === 20 ? calledOff : hands).quarantine(`gus@example.org/<many${n}@x>`),
    );
    over.abort();
    const outcomes = await Promise.all(all);
    expect(outcomes.map(({ kind }) => kind)).toEqual(
      Array.from({ length: 30 }, (_, n) => (n === 20 ? 'failed' : 'succeeded')),
    );
    expect(await contentOf(gus, 'INBOX')).toMatchObject([{ id: '<many20@x>' }]);
  });

  test('with twenty thousand messages finds the one', async () => {
    const mail = (n: number) =>
      `From a@b Sat Nov 28 10:00:00 2026\nFrom: A <a@b>\nMessage-ID: <n${n}@phish.example>\nSubject: ${n}\n\nHello\n\n`;
    const box = Array.from({ length: 20_000 }, (_, n) => mail(n)).join('');
    await dovecot.put('big@example.org', 'inbox', box);
    const big = await dovecot.owner('big@example.org');
    const message = 'big@example.org/<n12345@phish.example>';
    expect(await handsOver(dovecot).quarantine(message)).toMatchObject({
      kind: 'succeeded',
      outputs: { copies: 1 },
    });
    expect(await contentOf(big, 'Quarantine')).toMatchObject([{ id: '<n12345@phish.example>' }]);
    expect((await big.status('INBOX', { messages: true })) || null).toMatchObject({ messages: 19_999 });
    const wide = await handsOver(dovecot).search({ mailbox: 'big@example.org', sender: 'a@b', limit: 5 });
    expect(outputsOf(wide)).toMatchObject({ complete: false });
    expect(keysIn(wide)).toHaveLength(5);
  }, 120_000);
});

describe.skipIf(!here)('a mailbox is not come to', () => {
  const message = 'ann@example.org/<any@x>';
  const asked = async (settings: { [name: string]: string }, password?: string) =>
    (await handsOver(dovecot, { connection: dovecot.connection(settings, password) }).quarantine(
      message,
    )) as {
      failure: { code: string; message: string };
    };

  test.each<[string, string, () => { [name: string]: string }]>([
    ['with a certificate of nobody we know', 'misconfigured', () => ({ ca: dovecotCa })],
    [
      'with a certificate for another name',
      'misconfigured',
      () => ({ url: `imaps://127.0.0.1:${dovecot.ports.imaps}` }),
    ],
    [
      'with such a certificate after STARTTLS',
      'misconfigured',
      () => ({ url: `imap://127.0.0.1:${dovecot.ports.imap}` }),
    ],
    ['when nobody listens', 'unavailable', () => ({ url: 'imaps://localhost:1' })],
    ['without TLS', 'misconfigured', () => ({ url: `http://localhost:${dovecot.ports.imap}` })],
    ['by a way that is none', 'misconfigured', () => ({ access: 'root' })],
    ['with letters between mailbox and user', 'misconfigured', () => ({ masterSeparator: 'x' })],
    ['with a ca that is none', 'misconfigured', () => ({ ca: 'ca.pem' })],
  ])('%s', async (_what, code, settings) => {
    expect((await asked(settings())).failure.code).toBe(code);
  });

  test('with the wrong password, and the password is not told', async () => {
    const { failure } = await asked({}, 'wrong-password-of-the-service');
    expect(failure).toMatchObject({ code: 'unauthorized', kind: 'terminal' });
    expect(JSON.stringify(failure)).not.toContain('wrong-password-of-the-service');
  });

  test('when there is none of that name', async () => {
    expect(await handsOver(dovecot).quarantine('nobody@example.org/<any@x>')).toMatchObject({
      failure: { code: 'unauthorized' },
    });
  });

  test('at an address that is not allowed', async () => {
    const imap = createImap(createSockets({}));
    for (const host of ['localhost', '127.0.0.1', '169.254.169.254']) {
      const connection = dovecot.connection({ url: `imaps://${host}:993` });
      expect(await handsOver(dovecot, { imap, connection }).quarantine(message)).toMatchObject({
        failure: { code: 'address-refused' },
      });
    }
  });
});

/** Vouches for nobody here: the server's own certificate is no authority. */
const dovecotCa = `-----BEGIN CERTIFICATE-----
MIIBpjCCAUygAwIBAgIUFDRyPs/m4knRqCrjCfp+OiGcWfcwCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`;
