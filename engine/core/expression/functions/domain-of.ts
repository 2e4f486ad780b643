import { isIP } from 'node:net';

// Longer than any URL that works; keeps a megabyte of text away from the parsers.
const textMax = 8_192;

/**
 * `domain_of(address_or_url)`: the domain of a mail address, URL or bare host name, lower case, in
 * its ASCII form (IDNA) and without a final dot. Empty text if there is none: an IP address, two
 * addresses in one text, more than 8,192 characters, or no name at all.
 *
 * The host of a URL is what a browser would connect to: `https://good.test@evil.test/` is evil.test.
 */
export function domainOf(text: string): string {
  if (text.length > textMax) return '';
  const value = text.trim();
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(value)?.[1]?.toLowerCase();
  if (scheme !== undefined && value.slice(scheme.length + 1).startsWith('//')) return hostOfUrl(value);
  const address = scheme === 'mailto' ? (value.slice(7).split('?')[0] ?? '') : value;
  return hostOfAddress(address);
}

function hostOfUrl(text: string): string {
  // The WHATWG parser reads hosts of special schemes only; hxxp:// and friends keep theirs as typed.
  const special = /^(?:https?|wss?|ftp):/i.test(text) ? text : text.replace(/^[^:]+:/, 'http:');
  return URL.canParse(special) ? named(new URL(special).hostname) : '';
}

function hostOfAddress(text: string): string {
  const bracketed = /<([^<>]*)>$/.exec(text)?.[1] ?? text;
  const host = bracketed.slice(bracketed.lastIndexOf('@') + 1);
  // Two addresses, a path, a port or a space: not one host, so not one domain.
  if (host === '' || /[\s,;:/\\?#<>()[\]"']/.test(host) || /[,;]/.test(bracketed.replace(/"[^"]*"/g, '')))
    return '';
  const url = `http://${host}/`;
  return URL.canParse(url) ? named(new URL(url).hostname) : '';
}

function named(hostname: string): string {
  const host = hostname.replace(/\.$/, '');
  return isIP(host) !== 0 || host.startsWith('[') ? '' : host;
}
