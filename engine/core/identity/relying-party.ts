import { isIP } from 'node:net';

/** Whom a passkey is made for: browsers give it to pages of this origin and to no others. */
export interface RelyingParty {
  /** A host name. Changing it leaves every registered key unusable. */
  id: string;
  origin: string;
}

/**
 * Null where browsers give no passkey: a host that is an address and not a name, and plain http anywhere but on
 * the machine itself, which they know by `localhost` alone.
 */
export function relyingPartyOf(publicUrl: string): RelyingParty | null {
  const { protocol, hostname, origin } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return null;
  if (protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost'))
    return { id: hostname, origin };
  return null;
}
