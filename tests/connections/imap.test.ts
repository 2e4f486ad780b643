import { describe, expect, test } from 'vitest';
import { probeImap } from '../../actions/imap/client/probe.ts';
import { probeConnection } from '../../engine/runtime/connections/probe-connection.ts';
import { openImap } from '../actions/support/mailboxes.ts';
import { useDovecot } from '../support/dovecot.ts';
import { contentOf } from '../support/mail-folders.ts';
import { openWholeProcess } from '../support/whole-process.ts';
import { openKeeping } from './open-keeping.ts';

const keeping = await openKeeping();
const dovecot = await useDovecot([{ name: 'test@example.org' }]);
const probes = new Map([['imap', probeImap]]);
const testMailbox = 'test@example.org';
const ask = (settings: { [name: string]: string }, password?: string) =>
  probeConnection(
    keeping.worker({ imap: openImap(), probes }),
    dovecot.connection(settings, password),
    () => undefined,
  );

describe.skipIf(dovecot.missing !== null)('a mail server', () => {
  test('that lets us into the test mailbox works, and nothing is made there', async () => {
    const result = await ask({ testMailbox });
    expect(result).toMatchObject({
      state: 'works',
      looks: [{ what: 'sign in to the test mailbox and list its folders', code: null }],
    });
    expect(result.actions.map(({ action, may }) => [action, may])).toEqual([
      ['imap.search-messages', 'yes'],
      ['imap.quarantine-message', 'unknown'],
      ['imap.release-message', 'unknown'],
    ]);
    expect(await contentOf(await dovecot.owner(testMailbox), 'Quarantine')).toBeNull();
  });

  test.each<[string, string, { [name: string]: string }, string?]>([
    ['that refuses the password', 'unauthorized', { testMailbox }, 'another-password'],
    ['without a test mailbox', 'misconfigured', {}],
    ['whose test mailbox could be two', 'misconfigured', { testMailbox: 'test*other' }],
    ['that is not there', 'unavailable', { testMailbox, url: 'imaps://localhost:1' }],
  ])('%s fails', async (_why, code, settings, password) => {
    expect(await ask(settings, password)).toMatchObject({ state: 'failing', looks: [{ code }] });
  });

  test('is tested by the whole process, at an address that was allowed', async () => {
    const connections = [dovecot.connection({ testMailbox })];
    const addresses = [`imaps://localhost:${dovecot.ports.imaps}`];
    const whole = await openWholeProcess({ connections, addresses });
    try {
      const { token } = await whole.person('oda', ['operator']);
      const path = '/v1/settings/connections/imap.post';
      await expect
        .poll(async () => (await whole.call('GET', path, token)).status, { timeout: 30_000 })
        .toBe(200);
      const tested = await whole.call('POST', `${path}/test`, token);
      expect([tested.status, tested.body.health]).toEqual([200, 'works']);
    } finally {
      await whole.close();
    }
  });
});
