/*
 * Security identifiers as Active Directory keeps them (MS-DTYP section 2.4.2.2), in hexadecimal. Groups are known by
 * them, because their names are translated and can be changed.
 */

const ofDomain = /^010500000000000515000000[0-9a-f]{24}([0-9a-f]{8})$/;
const builtIn = /^010200000000000520000000([0-9a-f]{8})$/;

/** Domain Admins, Domain Controllers, Schema, Enterprise Admins, Group Policy Creators, Key Admins (MS-DTYP 2.4.2.4). */
const highInDomain = [512, 516, 518, 519, 520, 526, 527];
/** Administrators, Account, Server, Print and Backup Operators. */
const highBuiltIn = [544, 548, 549, 550, 551];

/** Whether whoever is in the group can make himself master of the domain. */
export function isHighGroup(sid: string): boolean {
  const [, inDomain] = ofDomain.exec(sid) ?? [];
  if (inDomain !== undefined) return highInDomain.includes(numberOf(inDomain));
  const [, own] = builtIn.exec(sid) ?? [];
  return own !== undefined && highBuiltIn.includes(numberOf(own));
}

/** The group of the same domain with this number; null if the account is of no domain. */
export function sidOfGroup(accountSid: string, number: number): Uint8Array | null {
  if (!ofDomain.test(accountSid) || !Number.isInteger(number) || number < 0 || number > 0xffff_ffff)
    return null;
  const bytes = Buffer.from(accountSid, 'hex');
  bytes.writeUInt32LE(number, bytes.length - 4);
  return bytes;
}

function numberOf(littleEndian: string): number {
  return Buffer.from(littleEndian, 'hex').readUInt32LE();
}
