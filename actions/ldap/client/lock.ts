import type { LdapChange } from '../../../engine/core/contracts/ldap.ts';
import { type DirectoryKind, dialects } from './dialect.ts';

/*
 * How a directory keeps an account from signing in.
 *
 * Active Directory: ADS_UF_ACCOUNTDISABLE, 0x2 of `userAccountControl` (MS-ADTS section 2.2.16; the attribute: MS-ADA3
 * section 2.342). OpenLDAP: `pwdAccountLockedTime` with the value that only a person takes away again
 * (draft-behera-ldap-password-policy section 5.3.3); any other value is a lock-out by wrong passwords, which is not ours.
 */

const accountDisable = 0x2;
const lockedForGood = '000001010000Z';

/** Null if the state cannot be read. */
export function isEnabled(kind: DirectoryKind, state: string | null): boolean | null {
  if (kind === 'openldap') return state !== lockedForGood;
  const bits = bitsOf(state);
  return bits === null ? null : (bits & accountDisable) === 0;
}

/**
 * Takes away exactly what was read and puts in the new value, in one request: whoever changed it in between is not
 * overwritten, because then what is to be taken away is not there (RFC 4511 section 4.6).
 */
export function lockChanges(kind: DirectoryKind, state: string | null, enabled: boolean): LdapChange[] {
  const attribute = dialects[kind].state;
  const removal: LdapChange[] = state === null ? [] : [{ do: 'delete', attribute, value: state }];
  const wanted = kind === 'openldap' ? (enabled ? null : lockedForGood) : withBit(state, enabled);
  return wanted === null ? removal : [...removal, { do: 'add', attribute, value: wanted }];
}

/** The other bits stay as they are. */
function withBit(state: string | null, enabled: boolean): string {
  const bits = bitsOf(state) ?? 0;
  return String(enabled ? bits & ~accountDisable : bits | accountDisable);
}

/** A signed number of 32 bits. */
function bitsOf(state: string | null): number | null {
  return state !== null && /^-?\d{1,10}$/.test(state) ? Number(state) | 0 : null;
}
