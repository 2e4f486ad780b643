import { X509Certificate } from 'node:crypto';
import { unknownTypes } from '../../core/outward/stream-event.ts';
import type { NewStream, StreamParts } from './stream-parts.ts';

const authorityBytesMax = 64 * 1024;
const certificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** What speaks against a new stream, its address included: what would be refused when sending is refused here. */
export async function objectionTo(
  parts: Pick<StreamParts, 'lines'>,
  stream: NewStream,
): Promise<string | null> {
  const unknown = unknownTypes(stream.types);
  if (unknown.length > 0) return `No entry has the type ${unknown.join(', ')}.`;
  const wrong = stream.kind === 'webhook' ? notForWebhooks(stream.url) : notForLines(stream);
  return wrong ?? (await parts.lines.judge(stream.url));
}

function notForWebhooks(url: string): string | null {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: '' };
  return protocol === 'https:' || protocol === 'http:'
    ? null
    : '"url" is not an address such as https://siem.example.org/hook.';
}

function notForLines({
  url,
  authority,
}: Extract<NewStream, { kind: 'syslog' | 'json-lines' }>): string | null {
  if (/^https?:/i.test(url)) return '"url" of a line is tls://host:port or tcp://host:port.';
  if (authority === null) return null;
  if (!/^tls:/i.test(url)) return 'Certificates of an authority belong to a line over TLS.';
  if (authority.includes('PRIVATE KEY'))
    return 'That holds a private key, which has no business here; nothing was kept of it.';
  if (Buffer.byteLength(authority) > authorityBytesMax) return 'The certificates are longer than 64 KiB.';
  const found = authority.match(certificate) ?? [];
  return found.length > 0 && found.every(isCertificate)
    ? null
    : 'The authority is not one or more certificates in PEM.';
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
