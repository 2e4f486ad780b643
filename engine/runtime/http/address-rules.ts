import { BlockList, isIP, isIPv6 } from 'node:net';

/** Judges where a request may go. Every method answers with an objection for people, or null. */
export interface AddressRules {
  /** Scheme, user info, port, and the address if the host is written as one. */
  judgeUrl(url: URL): string | null;
  /** The same for a line that speaks no HTTP: `tls://host:port`, or `tcp://host:port` where that is admitted. */
  judgeLine(url: URL): string | null;
  /** And for a mail relay: `smtps://host:465`, or `smtp://host:587`. */
  judgeSocket(url: URL): string | null;
  /** One address that the host of `url` resolved to. */
  judgeAddress(address: string, url: URL): string | null;
}

/**
 * Metadata services hand out credentials to whoever asks, and no playbook has business there.
 * The translation prefixes are with them because they can spell any IPv4 address, these included.
 */
const never = [
  '169.254.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  '0.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'ff00::/8',
];

/** Refused unless the installation admits them. */
const private_ = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/**
 * @throws Error when an entry of `allow` is neither an origin nor a range with a port: a mistyped
 * exception must stop the start, not open something else.
 */
export function createAddressRules(options: {
  allowPrivate?: boolean;
  allow?: string[];
  never?: readonly string[];
}): AddressRules {
  const neverList = blockList(never);
  const privateList = blockList(private_);
  const exceptions = (options.allow ?? []).map(parseException);
  const allowPrivate = options.allowPrivate === true;
  const ours = new Set(options.never ?? []);
  const isOurs = (host: string, url: URL): boolean => ours.has(placeOf(host, portOf(url)));

  function judgeAddress(address: string, url: URL): string | null {
    if (holds(neverList, address)) return `Addresses such as ${address} are never contacted.`;
    if (isOurs(address, url)) return `${url.host} is a part of Riposte itself, which is never contacted.`;
    if (allowPrivate || exceptions.some((exception) => exception.admits(url, address))) return null;
    // A name was let through because a range has its port; it has to lead into that range.
    if (!ordinary(url)) return `${originOf(url)} leads to ${address}, which is not on the allow list.`;
    if (!holds(privateList, address)) return null;
    return `${url.hostname} leads to the private address ${address}, which is not on the allow list.`;
  }

  function judgeUrl(url: URL): string | null {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only https is spoken.';
    return judge(url);
  }

  function judgeLine(url: URL): string | null {
    if (url.protocol === 'udp:')
      return 'UDP loses what does not arrive without telling anybody, so it cannot carry a log that has no gaps. Use tls:// or tcp://.';
    if (url.protocol !== 'tls:' && url.protocol !== 'tcp:')
      return 'A line is written tls://host:port or tcp://host:port.';
    if (url.port === '') return 'A line names its port, e.g. tls://siem.example.org:6514.';
    if (url.hostname === '' || !/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
      return 'A line has a host and a port and nothing else.';
    return judge(url);
  }

  function judgeSocket(url: URL): string | null {
    if (!conversations.includes(url.protocol))
      return `A server that is talked to is written ${conversations.map((scheme) => `${scheme}//host:port`).join(', ')}.`;
    if (url.port === '' || url.hostname === '' || !/^\/?$/.test(url.pathname))
      return 'A server that is talked to has a host and a port and nothing else.';
    return judge(url);
  }

  function judge(url: URL): string | null {
    if (url.username !== '' || url.password !== '')
      return 'An address must not carry a user name or password.';
    if (isOurs(url.hostname, url))
      return `${url.host} is a part of Riposte itself, which is never contacted.`;
    const address = literalAddress(url);
    const admitted = allowPrivate || exceptions.some((exception) => exception.admits(url, address));
    if (!ordinary(url) && !admitted)
      return `${originOf(url)} is not https on port 443, nor tls on port 6514, nor mail or a directory on a port of its own, and not on the allow list.`;
    return address === null ? null : judgeAddress(address, url);
  }

  return { judgeUrl, judgeLine, judgeSocket, judgeAddress };
}

/** How a part of our own is written: `host:port`. All of 127/8 is this machine. */
export function placeOf(host: string, port: number | string): string {
  const bare = plainAddress(host.replace(/^\[(.*)\]$/, '$1'));
  return `${/^127\.[\d.]+$/.test(bare) ? '127.0.0.1' : bare.toLowerCase()}:${port}`;
}

interface Exception {
  /** `address` is null as long as the name is not resolved. */
  admits(url: URL, address: string | null): boolean;
}

function parseException(text: string): Exception {
  const range = /^(?<net>[0-9a-fA-F.:]+)\/(?<bits>\d{1,3}):(?<port>\d{1,5})$/.exec(text)?.groups;
  if (range !== undefined) {
    const list = blockList([`${range.net}/${range.bits}`]);
    const port = Number(range.port);
    // a name in an odd port's range is admitted for now and its addresses are judged when it connects
    return {
      admits: (url, address) => portOf(url) === port && (address === null || holds(list, address)),
    };
  }
  if (URL.canParse(text)) {
    const url = new URL(text);
    const origin = originOf(url);
    if (isSpoken(url) && (url.href === origin || url.href === `${origin}/`))
      return { admits: (other) => originOf(other) === origin };
  }
  throw new Error(
    `"${text}" is neither an origin such as https://edr.internal:8443 nor a range such as 10.0.0.0/8:443.`,
  );
}

/**
 * 6514 is the port of syslog over TLS (RFC 5425), 465 and 587 those that mail is handed in at and 993 and 143 where it is
 * read (RFC 8314), 636 and 389 those of directories (RFC 4516; `ldaps` is older than any RFC).
 */
const ordinaryPorts: { [protocol: string]: number } = {
  'https:': 443,
  'tls:': 6514,
  'smtps:': 465,
  'smtp:': 587,
  'ldaps:': 636,
  'ldap:': 389,
  'imaps:': 993,
  'imap:': 143,
};

/** What is spoken over a socket of ours, with both sides talking. */
const conversations = ['smtps:', 'smtp:', 'ldaps:', 'ldap:', 'imaps:', 'imap:'];

function ordinary(url: URL): boolean {
  return portOf(url) === ordinaryPorts[url.protocol];
}

function isSpoken({ protocol, host }: URL): boolean {
  return ['https:', 'http:', 'tls:', 'tcp:', ...conversations].includes(protocol) && host !== '';
}

/** `URL.origin` is "null" for schemes that no browser knows. */
export function originOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? null : host;
}

/** `::ffff:10.0.0.1`, however it is written, is 10.0.0.1. */
function plainAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const written = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (mapped === null) return written;
  const [high, low] = [mapped[1], mapped[2]].map((part) => Number.parseInt(part ?? '', 16));
  return [high, low].flatMap((part = 0) => [part >> 8, part & 255]).join('.');
}

// IPv4 written inside IPv6 (`::ffff:10.0.0.1`) matches the IPv4 ranges: net.BlockList does that.
function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function blockList(ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits = ''] = range.split('/');
    list.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4');
  }
  return list;
}
