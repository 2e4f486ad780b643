import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Attribute, Change, Client, type Entry } from 'ldapts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { freePort } from '../../engine/runtime/store/embedded/pick-port.ts';
import { authorityPem, serverKeyPem, serverPem } from '../outward/test-authority.ts';
import { askServices } from './ask-services.ts';
import { entriesOf, ldifOf, loginDn, loginPassword, suffix } from './directory-entries.ts';
import type { Program } from './find-program.ts';
import { releaseAfter } from './release-after.ts';
import { temporaryFolder } from './temp-folder.ts';

/** A real OpenLDAP with password policy, and with as much of Active Directory's schema as Riposte uses. */
export interface TestDirectory {
  /** Null, or why there is none: `describe.skipIf(directory.missing !== null)`. */
  missing: string | null;
  /** TLS from the first byte. */
  port: number;
  /** StartTLS, and nothing before it. */
  plainPort: number;
  connection(settings?: { [name: string]: string }, password?: string): Connection;
  /** Whether somebody can sign in with it. */
  letsIn(dn: string, password: string): Promise<boolean>;
  read(dn: string, attributes: string[]): Promise<Entry>;
  change(dn: string, attribute: string, values: string[]): Promise<void>;
  rename(dn: string, to: string): Promise<void>;
  /** Runs by itself after the file's tests. */
  stop(): Promise<void>;
}

const rootDn = `cn=root,${suffix}`;
const rootPassword = 'root-of-the-test';

/** @param root what the server says of itself besides */
export async function useSlapd(root: { [attribute: string]: string[] } = {}): Promise<TestDirectory> {
  const program = await askServices<Program>('/program?name=slapd&package=slapd');
  const missing = program.kind === 'missing' ? program.reason : null;
  const [port, plainPort] = program.kind === 'missing' ? [0, 0] : await start(program.path, root);

  async function asRoot<Told>(ask: (client: Client) => Promise<Told>): Promise<Told> {
    const client = new Client({ url: `ldaps://localhost:${port}`, tlsOptions: { ca: authorityPem } });
    try {
      await client.bind(rootDn, rootPassword);
      return await ask(client);
    } finally {
      await client.unbind();
    }
  }

  return {
    missing,
    port,
    plainPort,
    connection: (settings = {}, password = loginPassword) => ({
      id: 'on-premises',
      system: 'ldap',
      settings: {
        url: `ldaps://localhost:${port}`,
        bindDn: loginDn,
        baseDn: suffix,
        kind: 'openldap',
        policyDn: `cn=default,${suffix}`,
        adminGroups: 'wheel; domain admins',
        ca: authorityPem,
        ...settings,
      },
      async secret(name) {
        if (name === 'password') return password;
        throw new Error(`no secret ${name}`);
      },
    }),
    async letsIn(dn, password) {
      const client = new Client({ url: `ldaps://localhost:${port}`, tlsOptions: { ca: authorityPem } });
      const answer = await client.bind(dn, password).then(
        () => true,
        () => false,
      );
      await client.unbind();
      return answer;
    },
    read: (dn, attributes) =>
      asRoot(async (client) => {
        const { searchEntries } = await client.search(dn, { scope: 'base', attributes });
        const [entry] = searchEntries;
        if (entry === undefined) throw new Error(`no entry ${dn}`);
        return entry;
      }),
    change: (dn, attribute, values) =>
      asRoot((client) => {
        const modification = new Attribute({ type: attribute, values });
        return client.modify(dn, new Change({ operation: 'replace', modification }));
      }),
    rename: (dn, to) => asRoot((client) => client.modifyDN(dn, to)),
    stop: () => Promise.resolve(),
  };
}

async function start(path: string, root: { [attribute: string]: string[] }): Promise<[number, number]> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'db'));
  await writeFile(join(folder, 'server.pem'), serverPem);
  await writeFile(join(folder, 'server.key'), serverKeyPem);
  await writeFile(join(folder, 'slapd.conf'), configuration(folder));
  await writeFile(join(folder, 'root.ldif'), ldifOf([{ dn: '', values: root }]));
  await writeFile(join(folder, 'entries.ldif'), ldifOf(entriesOf()));
  const file = join(folder, 'slapd.conf');
  await promisify(execFile)(path, ['-T', 'add', '-q', '-f', file, '-l', join(folder, 'entries.ldif')]);
  // Another process may take the port between the look and the start; then it ends and the next is tried.
  for (let tries = 0; tries < 5; tries++) {
    const port = (await freePort(0)) ?? 0;
    const plainPort = (await freePort(0)) ?? 0;
    const urls = `ldaps://127.0.0.1:${port}/ ldap://127.0.0.1:${plainPort}/`;
    const child = spawn(path, ['-f', file, '-h', urls, '-d', '0'], { cwd: folder, stdio: 'ignore' });
    const ended = once(child, 'exit');
    if (!(await answers(plainPort, () => child.exitCode !== null))) continue;
    releaseAfter(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    });
    return [port, plainPort];
  }
  throw new Error('slapd did not start on any of five pairs of ports');
}

function configuration(folder: string): string {
  return `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include ${join(import.meta.dirname, 'active-directory.schema')}
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
rootDSE ${folder}/root.ldif
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
TLSVerifyClient never
# Nobody signs in, or reads, over a line that can be read along.
security ssf=128
database mdb
suffix "${suffix}"
rootdn "${rootDn}"
rootpw ${rootPassword}
directory ${folder}/db
maxsize 104857600
dbnosync
index objectClass,uid,member,sAMAccountName,entryUUID,objectGUID eq
overlay ppolicy
ppolicy_default "cn=default,${suffix}"
access to attrs=userPassword by anonymous auth
access to dn.subtree="ou=Board,${suffix}" attrs=pwdAccountLockedTime,userAccountControl by * read
access to attrs=pwdAccountLockedTime,userAccountControl by dn.exact="${loginDn}" write by * read
access to * by * read
`;
}

async function answers(port: number, ended: () => boolean): Promise<boolean> {
  while (!ended()) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return true;
    await sleep(25);
  }
  return false;
}
