import { isIP } from 'node:net';
import type { TargetKind } from '../contracts/action.ts';

/*
 * One name per target, however it is spelled: what is protected, counted and held is compared by it (audit
 * facts 2.3, item 15). The arguments that go to the system stay as they were filled. What cannot be told
 * apart from another target by its spelling alone, such as an account named once by its object id and once
 * by its address, has two names.
 */

export function canonicalTarget<Kind extends string = TargetKind>(kind: Kind, id: string): string {
  switch (kind) {
    case 'ip':
      return canonicalAddress(id) ?? id;
    case 'domain':
      return canonicalDomain(id);
    case 'user':
      // No directory tells the case of a login name or a distinguished name apart.
      return canonicalAccount(id).toLowerCase();
    case 'mailbox':
      return canonicalAccount(id);
    case 'host':
      return isHex(id) ? id.toLowerCase() : isName(id) ? canonicalDomain(id) : id;
    case 'file':
      return isHex(id) ? id.toLowerCase() : id;
    default:
      // Ids of messages, rules and incidents tell upper from lower case.
      return id;
  }
}

/** IPv4 in dotted form, also when it is written as IPv6; IPv6 in the shortest form of RFC 5952. */
function canonicalAddress(text: string): string | null {
  const version = isIP(text);
  if (version === 0) return null;
  if (version === 4) return text;
  // A zone says by which interface, not which address.
  const short = hostOf(`[${text.replace(/%.*$/, '')}]`)?.slice(1, -1) ?? text.toLowerCase();
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const bits = (Number.parseInt(mapped[1] ?? '', 16) << 16) | Number.parseInt(mapped[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** Lower case, without the dot of the root, in the ASCII form that resolvers ask for. */
function canonicalDomain(text: string): string {
  const bare = text.trim().replace(/(?<![.\u3002\uff0e\uff61])[.\u3002\uff0e\uff61]+$/u, '');
  const address = canonicalAddress(bare);
  if (address !== null) return address;
  // Only a name: anything else would be read as another part of an address.
  if (/[\s/\\?#@:[\]%]/u.test(bare)) return bare.toLowerCase();
  return hostOf(bare) ?? bare.toLowerCase();
}

function canonicalAccount(text: string): string {
  const at = text.lastIndexOf('@');
  if (at === -1) return isHex(text) ? text.toLowerCase() : text;
  return `${text.slice(0, at).toLowerCase()}@${canonicalDomain(text.slice(at + 1))}`;
}

function hostOf(host: string): string | null {
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : null;
}

/** Object ids, machine ids and hashes. */
function isHex(text: string): boolean {
  return /^[0-9a-f-]{32,64}$/i.test(text);
}

function isName(text: string): boolean {
  return /^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)+\.?$/u.test(text);
}
