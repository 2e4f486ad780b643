import type { Ldap } from '../../engine/core/contracts/ldap.ts';

/** The real way, on which something happens right before a change goes out. */
export function meddled(ldap: Ldap, meddle: () => Promise<void> | void): Ldap {
  return {
    speak: (access, terms, talk) =>
      ldap.speak(access, terms, (session) =>
        talk({
          ...session,
          async modify(...change) {
            await meddle();
            await session.modify(...change);
          },
        }),
      ),
  };
}
