import { BlockList, isIP } from 'node:net';

import { ExpressionError } from '../expression-error.ts';

/**
 * `cidr_contains(cidr, ip)` for IPv4 and IPv6. `BlockList` is used for its arithmetic only: it
 * opens nothing, and it knows that `::ffff:10.0.0.1` lies in `10.0.0.0/8`.
 *
 * Text that is not an address fails instead of giving false: in `deny_if` a false would let the
 * action through, a failure denies it.
 *
 * @throws ExpressionError if either text is malformed; no port, zone id or leading zero is accepted
 */
export function cidrContains(cidr: string, ip: string): boolean {
  const range = parseCidr(cidr);
  const family = familyOf(ip);
  if (!range) throw new ExpressionError(`not an address range: ${JSON.stringify(cidr.slice(0, 64))}`);
  if (!family) throw new ExpressionError(`not an IP address: ${JSON.stringify(ip.slice(0, 64))}`);
  const list = new BlockList();
  list.addSubnet(range.address, range.prefix, range.family);
  return list.check(ip, family);
}

/** Also used at compile time, for a range that is written in the playbook. */
export function parseCidr(
  text: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const match = /^([0-9A-Fa-f:.]+)(?:\/([0-9]{1,3}))?$/.exec(text);
  const address = match?.[1];
  const family = address === undefined ? undefined : familyOf(address);
  if (address === undefined || !family) return undefined;
  const bits = family === 'ipv4' ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  return prefix > bits ? undefined : { address, prefix, family };
}

function familyOf(text: string): 'ipv4' | 'ipv6' | undefined {
  if (text.includes('%')) return undefined;
  const version = isIP(text);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}
