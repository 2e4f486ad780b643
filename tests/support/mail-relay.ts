import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Connection } from '../../engine/core/contracts/action.ts';

/** A real SMTP server on loopback that keeps what it took. */
export interface MailRelay {
  port: number;
  taken: { to: string[]; raw: string; user: string | null; secure: boolean }[];
  /** Address → the refusal that its next mails meet. */
  refuses: Map<string, { code: number; words: string }>;
  connection(settings?: { [name: string]: string }, secrets?: { [name: string]: string }): Connection;
  close(): Promise<void>;
}

export async function openMailRelay(options: SMTPServerOptions = {}): Promise<MailRelay> {
  const taken: MailRelay['taken'] = [];
  const refuses: MailRelay['refuses'] = new Map();
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disableReverseLookup: true,
    ...options,
    onRcptTo({ address }, _session, done) {
      const refusal = refuses.get(address);
      if (refusal === undefined) return done();
      done(Object.assign(new Error(refusal.words), { responseCode: refusal.code }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        taken.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          user: typeof session.user === 'string' ? session.user : null,
          secure: session.secure,
        });
        done();
      });
    },
  });
  // A client that breaks off is its own affair.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    taken,
    refuses,
    connection: (settings = {}, secrets = {}) => ({
      id: 'relay',
      system: 'smtp',
      settings: {
        url: `smtp://127.0.0.1:${port}`,
        from: 'Riposte <riposte@example.test>',
        plain: 'yes',
        ...settings,
      },
      async secret(name) {
        const value = secrets[name];
        if (value === undefined) throw new Error(`no secret ${name}`);
        return value;
      },
    }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The text part, with the transfer encoding taken off. */
export function textOf(raw: string): string {
  const [head = '', ...body] = raw.split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(text, 'base64').toString('utf8');
  if (!/content-transfer-encoding: quoted-printable/i.test(head)) return text;
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_whole, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export function headerOf(raw: string, name: string): string {
  const head = (raw.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ');
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? '';
}
