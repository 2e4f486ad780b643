import { describe, expect, test } from 'vitest';
import { adId, hostileDn, loginDn, personPassword, suffix } from '../support/directory-entries.ts';
import { useSlapd } from '../support/slapd.ts';
import { asActiveDirectory, askDirectory, failedWith } from './ask-directory.ts';

/* Accounts of a real OpenLDAP, and of one with Active Directory's attributes. */

const directory = await useSlapd();
const { perform, check } = askDirectory(directory);
const people = (uid: string) => `uid=${uid},ou=People,${suffix}`;
const staff = (name: string) => `cn=${name},ou=Staff,${suffix}`;
const uac = async (dn: string) => (await directory.read(dn, ['userAccountControl'])).userAccountControl;
const ad = { settings: asActiveDirectory };

describe.skipIf(directory.missing !== null)('an account of OpenLDAP', () => {
  test('that is disabled cannot sign in, and can again when it is enabled', async () => {
    const dn = people('ann');
    expect(await directory.letsIn(dn, personPassword)).toBe(true);
    const disabled = await perform('disable-user', { user_id: 'ann' });
    expect(disabled).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { dn, login: 'ann', display_name: 'ann Example', enabled: false, was_enabled: true },
    });
    expect(await directory.letsIn(dn, personPassword)).toBe(false);
    expect(await check('disable-user', { user_id: 'ann' })).toMatchObject({ kind: 'present' });
    expect(await check('enable-user', { user_id: 'ann' })).toEqual({
      kind: 'absent',
      shows: { enabled: false },
    });
    expect(await perform('enable-user', { user_id: 'ann' })).toMatchObject({ changed: true });
    expect(await directory.letsIn(dn, personPassword)).toBe(true);
  });

  test('that is as wanted is left alone', async () => {
    expect(await perform('enable-user', { user_id: 'ben' })).toMatchObject({
      kind: 'succeeded',
      changed: false,
      outputs: { enabled: true, was_enabled: true },
    });
    await perform('disable-user', { user_id: 'ben' });
    expect(await perform('disable-user', { user_id: 'ben' })).toMatchObject({
      kind: 'succeeded',
      changed: false,
      outputs: { was_enabled: false },
    });
  });

  test('that is locked out by wrong passwords counts as enabled, and is disabled for good', async () => {
    expect(await check('enable-user', { user_id: 'kim' })).toMatchObject({ kind: 'present' });
    expect(await perform('disable-user', { user_id: 'kim' })).toMatchObject({ changed: true });
    const locked = await directory.read(people('kim'), ['pwdAccountLockedTime']);
    expect(locked.pwdAccountLockedTime).toBe('000001010000Z');
  });

  test('is not called disabled where its policy does not heed the lock', async () => {
    expect(await perform('disable-user', { user_id: 'len' })).toMatchObject(failedWith('unsupported-target'));
    // Because this is what comes of it:
    await directory.change(people('len'), 'pwdAccountLockedTime', ['000001010000Z']);
    expect(await directory.letsIn(people('len'), personPassword)).toBe(true);
    const settings = { policyDn: '' };
    expect(await perform('disable-user', { user_id: 'cid' }, { settings })).toMatchObject(
      failedWith('misconfigured'),
    );
  });

  test('is out of reach where the login may not write, and that is said', async () => {
    expect(await perform('disable-user', { user_id: 'max' })).toMatchObject(failedWith('forbidden'));
  });

  test.each([loginDn, 'riposte', `CN=Riposte, OU=services, ${suffix.toUpperCase()}`])(
    'is left alone when it is our own, as %s',
    async (name) => {
      expect(await perform('disable-user', { user_id: name })).toMatchObject(failedWith('own-login'));
      expect(await directory.letsIn(loginDn, 'login-secret-4711')).toBe(true);
    },
  );

  test('is left alone when it is our own, also where the setting spells it otherwise', async () => {
    const settings = { bindDn: `CN=Riposte, OU=services, ${suffix}` };
    expect(await perform('disable-user', { user_id: 'riposte' }, { settings })).toMatchObject(
      failedWith('own-login'),
    );
  });

  test('is found by login, mail, distinguished name and object id', async () => {
    const found = await perform('get-user', { user_id: 'fay' });
    const id = found.kind === 'succeeded' ? found.outputs.id : null;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    for (const name of ['FAY', 'fay@example.test', people('fay'), String(id)])
      expect(await perform('get-user', { user_id: name })).toMatchObject({ outputs: { id } });
  });

  test.each([
    ['a filter', '*)(uid=*', 'not-found'],
    ['a star', 'an*', 'not-found'],
    ['a name with its end in it', 'ann\u0000', 'invalid-request'],
    ['blanks around it', ' ann', 'invalid-request'],
    ['two people', 'shared@example.test', 'conflict'],
    ['somebody, and another one who gives it as his', 'ann@example.test', 'conflict'],
    ['a place outside the base', 'cn=root,dc=elsewhere', 'not-found'],
    ['no name of a place', 'cn=', 'not-found'],
    ['a place that another server has', `uid=zoe,ou=Elsewhere,${suffix}`, 'not-found'],
    ['a name with a blank more than it has', 'two  words', 'not-found'],
  ])('is not guessed from %s', async (_what, name, code) => {
    expect(await perform('disable-user', { user_id: name })).toMatchObject(failedWith(code));
    expect(await check('disable-user', { user_id: name })).toMatchObject({ kind: 'unknown' });
    expect(await directory.letsIn(people('dan'), personPassword)).toBe(true);
  });

  test('that goes by the name by now is left alone when its id is another', async () => {
    const input = { user_id: 'eve', object_id: adId(99) };
    expect(await perform('enable-user', input)).toMatchObject(failedWith('conflict'));
    expect(await check('disable-user', input)).toMatchObject({ kind: 'unknown' });
  });

  test('is not called missing where the base is', async () => {
    const settings = { baseDn: `ou=Nowhere,${suffix}` };
    expect(await perform('get-user', { user_id: 'ann' }, { settings })).toMatchObject(
      failedWith('misconfigured'),
    );
  });

  test('in a tree that another server has is not followed there', async () => {
    const settings = { baseDn: `ou=Elsewhere,${suffix}` };
    expect(await perform('get-user', { user_id: 'ann' }, { settings })).toMatchObject(
      failedWith('unsupported-target'),
    );
  });
});

describe.skipIf(directory.missing !== null)('an account of Active Directory', () => {
  test('is disabled by its one bit, and the others stay', async () => {
    const done = await perform('disable-user', { user_id: 'amy' }, ad);
    expect(done).toMatchObject({
      changed: true,
      outputs: { id: adId(1), login: 'amy', upn: 'amy@corp.example.test', enabled: false },
    });
    expect(await uac(staff('amy'))).toBe('66050');
    expect(await perform('disable-user', { user_id: adId(1) }, ad)).toMatchObject({ changed: false });
    expect(await perform('enable-user', { user_id: 'AMY@corp.example.test' }, ad)).toMatchObject({
      changed: true,
    });
    expect(await uac(staff('amy'))).toBe('66048');
    expect(await perform('enable-user', { user_id: 'off' }, ad)).toMatchObject({ changed: true });
    expect(await uac(staff('off'))).toBe('512');
  });

  test('may have a name of special signs only', async () => {
    expect(await perform('disable-user', { user_id: hostileDn }, ad)).toMatchObject({ changed: true });
    expect(await uac(hostileDn)).toBe('66050');
  });

  test('is no computer', async () => {
    expect(await perform('disable-user', { user_id: 'ws-01$' }, ad)).toMatchObject(failedWith('not-found'));
  });

  test('whose state is not shown is not guessed about', async () => {
    expect(await perform('enable-user', { user_id: 'blind' }, ad)).toMatchObject(failedWith('forbidden'));
  });
});

describe.skipIf(directory.missing !== null)('what a look-up tells', () => {
  test('a group counts through others, in a ring, and with ten thousand members', async () => {
    expect(await perform('get-user', { user_id: 'ben' })).toMatchObject({
      changed: false,
      outputs: { is_privileged: true, roles: ['wheel'], tags: ['privileged'] },
    });
    expect(await perform('get-user', { user_id: 'cid' })).toMatchObject({
      outputs: { is_privileged: false, roles: [], tags: ['break-glass'] },
    });
  });

  test.each([
    ['nested', ['Domain Admins'], ['privileged']],
    ['root', ['Domain Admins'], ['privileged']],
    ['once', [], ['privileged']],
    ['amy', [], ['vip']],
    ['bob', [], []],
  ])('of %s, by the numbers of the groups in Active Directory', async (name, roles, tags) => {
    expect(await perform('get-user', { user_id: name }, ad)).toMatchObject({
      outputs: { is_privileged: tags.includes('privileged'), roles, tags },
    });
  });

  test('nobody is harmless because nobody said who administers', async () => {
    const settings = { adminGroups: ' ' };
    expect(await perform('get-user', { user_id: 'ann' }, { settings })).toMatchObject(
      failedWith('misconfigured'),
    );
  });
});
