import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { freePort } from '../../engine/runtime/store/embedded/pick-port.ts';
import { authorityPem, serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { askServices } from './ask-services.ts';
import { configuration, type Habits } from './dovecot-conf.ts';
import type { Program } from './find-program.ts';
import { releaseAfter } from './release-after.ts';
import { temporaryFolder } from './temp-folder.ts';

export const service = { user: 'riposte', password: 'password-of-the-service-4711' };
const ownPassword = 'own-password-of-everybody';

export interface Dovecot {
  /** Null, or why there is none: `describe.skipIf(dovecot.missing !== null)`. */
  missing: string | null;
  /** TLS from the first byte, and by STARTTLS. */
  ports: { imaps: number; imap: number };
  connection(settings?: { [name: string]: string }, password?: string): Connection;
  /** Signed in as the mailbox's owner; hangs up by itself. */
  owner(mailbox: string): Promise<ImapFlow>;
  /** Writes a file into the home of a mailbox, which is faster than IMAP. */
  put(mailbox: string, file: string, text: string): Promise<void>;
  log(): Promise<string>;
}

/** A real Dovecot for one test file, with its own folder, ports, people, a folder of all of them (`Public/`) and a master user. */
export async function useDovecot(
  mailboxes: readonly { name: string; mail?: string }[],
  habits: Habits = {},
): Promise<Dovecot> {
  const program = await askServices<Program>('/program?name=dovecot&package=dovecot-imapd');
  if (program.kind === 'missing') return none(program.reason);
  const folder = await temporaryFolder();
  const home = (mailbox: string) => join(folder, 'mail', mailbox);
  const owner = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : userInfo();
  for (const { name } of mailboxes) {
    await mkdir(home(name), { recursive: true });
    for (const place of [join(folder, 'mail'), home(name)]) await chown(place, owner.uid, owner.gid);
  }
  const shared = join(folder, 'mail', 'public');
  await mkdir(shared, { recursive: true });
  await chown(shared, owner.uid, owner.gid);
  const users = mailboxes.map(
    ({ name, mail }) =>
      `${name}:{PLAIN}${ownPassword}:${owner.uid}:${owner.gid}::${home(name)}::${mail === undefined ? '' : `userdb_mail=${mail}`}\n`,
  );
  await writeFile(join(folder, 'users'), users.join(''));
  await writeFile(join(folder, 'masters'), `${service.user}:{PLAIN}${service.password}\n`);
  await writeFile(join(folder, 'cert.pem'), serverPem);
  await writeFile(join(folder, 'key.pem'), serverKeyPem);
  // Another process may take a port between the look and the start; then it ends and the next are tried.
  for (let tries = 0; tries < 5; tries++) {
    const ports = { imaps: (await freePort(0)) ?? 0, imap: (await freePort(0)) ?? 0 };
    await writeFile(join(folder, 'dovecot.conf'), configuration(folder, ports, habits));
    const child = spawn(program.path, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    if (!(await greets(ports.imap, () => child.exitCode !== null))) continue;
    releaseAfter(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    return {
      missing: null,
      ports,
      async put(mailbox, file, text) {
        await writeFile(join(home(mailbox), file), text);
        await chown(join(home(mailbox), file), owner.uid, owner.gid);
      },
      log: () => readFile(join(folder, 'log'), 'utf8'),
      owner: (mailbox) => signIn(ports.imaps, mailbox),
      connection: (settings = {}, password = service.password) => ({
        id: 'post',
        system: 'imap',
        settings: {
          url: `imaps://localhost:${ports.imaps}`,
          user: service.user,
          ca: authorityPem,
          ...settings,
        },
        secret: async () => password,
      }),
    };
  }
  throw new Error(
    `dovecot did not start: ${await readFile(join(folder, 'log'), 'utf8').catch(() => 'no log')}`,
  );
}

async function signIn(port: number, user: string): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port,
    secure: true,
    auth: { user, pass: ownPassword },
    tls: { ca: authorityPem },
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  releaseAfter(async () => client.close());
  return client;
}

function none(reason: string): Dovecot {
  const not = (): never => {
    throw new Error(reason);
  };
  return { missing: reason, ports: { imap: 0, imaps: 0 }, connection: not, owner: not, put: not, log: not };
}

async function greets(port: number, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    if ((await firstWords(port)).startsWith('* OK')) return true;
    await sleep(50);
  }
  return false;
}

function firstWords(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}
