import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapFilter, LdapSession } from '../../../engine/core/contracts/ldap.ts';
import { terminal } from '../../client/fail.ts';
import { byId, type DirectoryKind } from './dialect.ts';
import type { Read } from './read-directory.ts';

/** The assertion control (RFC 4528). */
const assertion = '1.3.6.1.1.12';
/** Active Directory (MS-ADTS section 3.1.1.3.4.3.1). */
const activeDirectory = '1.2.840.113556.1.4.800';

/** How a change is addressed so that it meets this object and no other that has got its name meanwhile. */
export interface Pin {
  dn: string;
  assert?: LdapFilter;
}

/**
 * By what the server offers: Active Directory takes an object's id for its name (MS-ADTS section 3.1.1.3.1.2.4), others
 * can be told what the entry must still be.
 */
export async function pinTo(
  session: LdapSession,
  kind: DirectoryKind,
  { id, dn }: { id: string; dn: string },
): Promise<Read<{ pin: Pin }>> {
  const [root] = await session.find({
    base: '',
    scope: 'base',
    filter: { is: 'present', attribute: 'objectClass' },
    attributes: ['supportedControl', 'supportedCapabilities'],
  });
  if (root?.values.get('supportedcapabilities')?.includes(activeDirectory)) {
    if (kind === 'active-directory') return { ok: true, pin: { dn: `<GUID=${id}>` } };
    return refuse(
      'The server says that it is an Active Directory, and the setting "kind" says that it is not.',
    );
  }
  if (root?.values.get('supportedcontrol')?.includes(assertion))
    return { ok: true, pin: { dn, assert: byId(kind, id) } };
  return refuse(
    'The server can neither be given an object id nor told what the entry must still be (RFC 4528).',
  );
}

function refuse(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('misconfigured', message) };
}
