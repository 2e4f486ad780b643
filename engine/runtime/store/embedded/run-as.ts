import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartError } from '../start-error.ts';

/** Turns a command into one that runs as the database's user. */
export interface RunAs {
  wrap(
    command: string,
    args: string[],
  ): { command: string; args: string[]; user: { uid?: number; gid?: number } };
}

export interface SystemUser {
  uid: number;
  gid: number;
}

const run = promisify(execFile);

/**
 * The user for a cluster: PostgreSQL refuses to run as root, so root hands it to another user.
 * Null: we are not root, it runs as ourselves.
 * @param data the cluster's folder; its owner stays its user for ever
 */
export async function chooseUser(data: string): Promise<SystemUser | null> {
  if (process.geteuid?.() !== 0) return null;
  const owner = await stat(data).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = users.find((fields) => fields[0] === name);
    const uid = Number(found?.[2]);
    const gid = Number(found?.[3]);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new StartError(
    'start/no-database',
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. Start Riposte as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * Finds the least privilege with which the user can run the probe, a command that needs program and data.
 * A clone under /root (mode 0700) is out of reach for anybody else; then the server keeps one capability of
 * root: passing through folders and reading, or, in containers that lack that one, ignoring file modes.
 */
export async function prepareRunAs(user: SystemUser | null, program: string, args: string[]): Promise<RunAs> {
  if (user === null) return { wrap: (command, rest) => ({ command, args: rest, user: {} }) };
  const ways = [asUser(user), withCapability(user, 'dac_read_search'), withCapability(user, 'dac_override')];
  const failures: unknown[] = [];
  for (const way of ways) {
    const probe = way.wrap(program, args);
    try {
      await run(probe.command, probe.args, { ...probe.user, cwd: '/', env: { PATH: '/usr/bin:/bin' } });
      return way;
    } catch (error) {
      failures.push(error);
    }
  }
  const said = failures.map((each) =>
    each instanceof Error && 'stderr' in each ? String(each.stderr).trim() : '',
  );
  throw new StartError(
    'start/no-database',
    `User ${user.uid} must run PostgreSQL but cannot reach its programs or its data (${said[0]}). Start Riposte as an ordinary user, move it out of the private folder, or set DATABASE_URL.`,
    { cause: new AggregateError(failures) },
  );
}

function asUser(user: SystemUser): RunAs {
  return { wrap: (command, args) => ({ command, args, user }) };
}

/** setpriv is part of util-linux, which Debian, Ubuntu, Fedora and Arch always have. */
function withCapability({ uid, gid }: SystemUser, capability: string): RunAs {
  const flags = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--nnp',
    // Without it access(2), with which PostgreSQL looks for its own programs, leaves capabilities out.
    '--securebits=+no_setuid_fixup',
    `--bounding-set=-all,+${capability}`,
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=+${capability}`,
    '--',
  ];
  return { wrap: (command, args) => ({ command: 'setpriv', args: [...flags, command, ...args], user: {} }) };
}
