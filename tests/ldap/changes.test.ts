import { describe, expect, test } from 'vitest';
import type { Ldap } from '../../engine/core/contracts/ldap.ts';
import { guardLdap } from '../../engine/runtime/ldap/guard-ldap.ts';
import { suffix } from '../support/directory-entries.ts';
import { useSlapd } from '../support/slapd.ts';
import { ldapOut } from '../support/ways-out.ts';
import { asActiveDirectory, askDirectory, failedWith } from './ask-directory.ts';
import { openDropRelay } from './drop-relay.ts';
import { meddled } from './meddled.ts';

/* What others do, and what breaks, between the look and the change. */

const directory = await useSlapd();
const { perform, check } = askDirectory(directory);
const staff = (name: string) => `cn=${name},ou=Staff,${suffix}`;
const people = (uid: string) => `uid=${uid},ou=People,${suffix}`;
const uac = async (dn: string) => (await directory.read(dn, ['userAccountControl'])).userAccountControl;

describe.skipIf(directory.missing !== null)('between the look and the change', () => {
  test('what an administrator does is not overwritten', async () => {
    const ldap = meddled(ldapOut, () => directory.change(staff('bob'), 'userAccountControl', ['66080']));
    expect(
      await perform('disable-user', { user_id: 'bob' }, { settings: asActiveDirectory, ldap }),
    ).toMatchObject(failedWith('conflict', 'retryable'));
    expect(await uac(staff('bob'))).toBe('66080');
    expect(await perform('disable-user', { user_id: 'bob' }, { settings: asActiveDirectory })).toMatchObject({
      changed: true,
    });
    expect(await uac(staff('bob'))).toBe('66082');
  });

  test('two who disable at once do it once', async () => {
    const ldap = meddled(ldapOut, async () => {
      await perform('disable-user', { user_id: 'dan' });
    });
    expect(await perform('disable-user', { user_id: 'dan' }, { ldap })).toMatchObject(
      failedWith('conflict', 'retryable'),
    );
    expect(await perform('disable-user', { user_id: 'dan' })).toMatchObject({ changed: false });
  });

  test('whoever has himself locked out by wrong passwords does not stay by it', async () => {
    const ldap = meddled(ldapOut, () =>
      directory.change(people('cid'), 'pwdAccountLockedTime', ['20260101000000Z']),
    );
    expect(await perform('disable-user', { user_id: 'cid' }, { ldap })).toMatchObject(
      failedWith('conflict', 'retryable'),
    );
    expect(await perform('disable-user', { user_id: 'cid' })).toMatchObject({ changed: true });
  });

  test.each([
    ['OpenLDAP', people, 'eve', 'fay', {}, 'uid'],
    ['Active Directory', staff, 'chief', 'root', asActiveDirectory, 'cn'],
  ])(
    'the name does not lead to somebody else in %s',
    async (_kind, dnOf, given, other, settings, attribute) => {
      const ldap = meddled(ldapOut, async () => {
        await directory.rename(dnOf(given), `${attribute}=away`);
        await directory.rename(dnOf(other), `${attribute}=${given}`);
      });
      expect(await perform('disable-user', { user_id: given }, { settings, ldap })).toMatchObject(
        failedWith('conflict', 'retryable'),
      );
      const state = await directory.read(dnOf(given), ['pwdAccountLockedTime', 'userAccountControl']);
      expect(state.pwdAccountLockedTime).toEqual([]);
      expect(state.userAccountControl).not.toBe('66050');
    },
  );

  test('a lease that is over sends no change', async () => {
    let asked = 0;
    const ldap = guardLdap(ldapOut, () => {
      asked += 1;
      // The way in, the sign-in, the account, whether it is our own, the policy, what the server can; then the change.
      if (asked > 6) throw new Error('lease over');
    });
    expect(await perform('disable-user', { user_id: 'gus' }, { ldap })).toMatchObject({ kind: 'failed' });
    expect(asked).toBe(7);
    expect(await check('disable-user', { user_id: 'gus' })).toMatchObject({ kind: 'absent' });
  });
});

describe.skipIf(directory.missing !== null)('an answer that is lost', () => {
  test('is not known, and a look tells that it was done', async () => {
    const relay = await openDropRelay(directory.port);
    const settings = { url: `ldaps://localhost:${relay.port}` };
    const outcome = await perform(
      'disable-user',
      { user_id: 'hal' },
      { settings, ldap: meddled(ldapOut, relay.swallow) },
    );
    expect(outcome).toMatchObject({ kind: 'unknown' });
    await relay.swallowed;
    expect(await check('disable-user', { user_id: 'hal' })).toMatchObject({
      kind: 'present',
      outputs: { enabled: false },
    });
    expect(await perform('disable-user', { user_id: 'hal' })).toMatchObject({ changed: false });
  });

  test('of a look is a failure, because nothing was changed', async () => {
    const relay = await openDropRelay(directory.port);
    const ldap: Ldap = {
      speak: (access, terms, talk) =>
        ldapOut.speak(access, terms, (session) => {
          relay.swallow();
          return talk(session);
        }),
    };
    const settings = { url: `ldaps://localhost:${relay.port}` };
    expect(await perform('disable-user', { user_id: 'ida' }, { settings, ldap })).toMatchObject(
      failedWith('timeout', 'retryable'),
    );
    expect(await check('disable-user', { user_id: 'ida' })).toMatchObject({ kind: 'absent' });
  });
});
