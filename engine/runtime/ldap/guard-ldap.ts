import { type Ldap, type LdapEntry, LdapFailure } from '../../core/contracts/ldap.ts';

/**
 * Runs `check` before a line is opened and again right before each request on it, as `guardHttp` does. A throw
 * refuses it.
 */
export function guardLdap(ldap: Ldap, check: () => void): Ldap {
  return {
    async speak(access, terms, talk) {
      try {
        check();
      } catch (cause) {
        const message = 'The request was refused before it was sent.';
        throw new LdapFailure(message, 'connect', 'not-done', { cause });
      }
      return await ldap.speak(access, { ...terms, beforeSend: check }, talk);
    },
  };
}

/** Takes secrets that were handed out, out of what a directory answers. */
export function hideInLdap(ldap: Ldap, hide: (text: string) => string): Ldap {
  const hidden = ({ dn, values }: LdapEntry): LdapEntry => ({
    dn: hide(dn),
    values: new Map([...values].map(([name, list]) => [name, list.map(hide)])),
  });
  return {
    speak: (access, terms, talk) =>
      ldap.speak(access, terms, (session) =>
        talk({ ...session, find: async (search) => (await session.find(search)).map(hidden) }),
      ),
  };
}
