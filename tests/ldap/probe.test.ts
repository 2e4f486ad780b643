import { describe, expect, test } from 'vitest';
import { createProbes } from '../../actions/create-probes.ts';
import { createRegistry } from '../../actions/registry.ts';
import { probeConnection } from '../../engine/runtime/connections/probe-connection.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { suffix } from '../support/directory-entries.ts';
import { useSlapd } from '../support/slapd.ts';
import { imapOut, ldapOut } from '../support/ways-out.ts';
import { asActiveDirectory } from './ask-directory.ts';

/* What is known of a directory before it is needed. */

const directory = await useSlapd();
const lookalike = await useSlapd({ supportedCapabilities: ['1.2.840.113556.1.4.800'] });
const parts = {
  registry: createRegistry(),
  probes: createProbes(),
  http: createHttp(),
  ldap: ldapOut,
  imap: imapOut,
  clock: { nowMs: Date.now },
};
const ask = (settings: { [name: string]: string } = {}, password?: string, check = () => undefined) =>
  probeConnection(parts, directory.connection(settings, password), check);
const mayDisable = ({ actions }: Awaited<ReturnType<typeof ask>>) =>
  actions.find(({ action }) => action === 'ldap.disable-user');
const amy = `cn=amy,ou=Staff,${suffix}`;

describe.skipIf(directory.missing !== null)('a test of the connection', () => {
  test('signs in and looks, and does not claim to know what it may write', async () => {
    const result = await ask();
    expect(result).toMatchObject({
      state: 'works',
      looks: [
        { what: 'sign in', code: null },
        { what: 'read the base', code: null },
        { what: 'know its kind, and keep a change to one object', code: null },
      ],
    });
    expect(mayDisable(result)).toMatchObject({ may: 'unknown' });
  });

  test('is told by Active Directory what the login may write, of one account', async () => {
    const settings = { ...asActiveDirectory, probeUser: 'amy' };
    expect(mayDisable(await ask(settings))).toMatchObject({ may: 'unknown' });
    await directory.change(amy, 'allowedAttributesEffective', ['description', 'userAccountControl']);
    expect(mayDisable(await ask(settings))).toMatchObject({ may: 'yes' });
    await directory.change(amy, 'allowedAttributesEffective', ['description']);
    expect(mayDisable(await ask(settings))).toMatchObject({ may: 'no' });
    expect(await ask({ ...settings, probeUser: 'nobody' })).toMatchObject({ state: 'failing' });
  });

  test('says what is wrong, and repeats no password', async () => {
    const refused = await ask({}, 'wrong-secret-4711');
    expect(refused).toMatchObject({ state: 'failing', looks: [{ what: 'sign in', code: 'unauthorized' }] });
    expect(JSON.stringify(refused)).not.toContain('wrong-secret');
    expect(await ask({ baseDn: `ou=Nowhere,${suffix}` })).toMatchObject({
      state: 'failing',
      looks: [{ code: null }, { what: 'read the base', code: 'not-found' }],
    });
    expect(await ask({ kind: 'novell' })).toMatchObject({ looks: [{ code: 'misconfigured' }] });
  });

  test('says that the server is of another kind than the setting', async () => {
    const result = await probeConnection(parts, lookalike.connection(), () => undefined);
    expect(result).toMatchObject({ state: 'failing', looks: [{}, {}, { code: 'misconfigured' }] });
    expect(result.looks[2]?.text).toContain('Active Directory');
  });

  test('sends nothing once its time is over', async () => {
    const over = () => {
      throw new Error('over');
    };
    expect(await ask({}, undefined, over)).toMatchObject({ state: 'failing' });
  });
});
