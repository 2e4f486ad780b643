import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PersonId } from '../../../schemas/ids.ts';
import type { Started } from '../started.ts';
import { administratorsLink } from '../way-in.ts';

export interface DemoPeople {
  signInUrl: string;
  /** Who decides by default on the command line. */
  approver: string;
}

/*
 * The people of the demonstration. Approvals need somebody who did not ask, and some need two, so
 * there are several; each gets a token file beside the data that only its owner can read.
 */
const crew = [
  { key: 'bo', name: 'Bo Approver', roles: ['approver'], groups: ['soc-tier2', 'soc-identity', 'soc-mail'] },
  { key: 'cy', name: 'Cy Approver', roles: ['approver'], groups: ['soc-tier2', 'soc-identity', 'soc-mail'] },
  { key: 'ann', name: 'Ann Analyst', roles: ['analyst'], groups: ['soc-tier1'] },
  { key: 'kim', name: 'Kim Operator', roles: ['operator'], groups: ['soc-tier2'] },
  { key: 'lou', name: 'Lou Operator', roles: ['operator'], groups: ['soc-tier2'] },
] as const;

const door = { actor: { kind: 'system' as const, id: 'start', channel: 'engine' as const } };

export async function admitPeople(started: Started): Promise<DemoPeople> {
  const { identity } = started.riposte;
  // On a machine of one's own the first person is also the one who answers at 3 a.m.
  const administrator = await administratorsLink(started, ['soc-tier2', 'soc-identity', 'soc-mail']);
  await mkdir(started.config.dataDir, { recursive: true });
  for (const member of crew) {
    const email = `${member.key}@riposte.example`;
    const found = await identity.findByEmail(email);
    // Somebody put them out; a start is no reason to let them in again, or to fail.
    if (found?.active === false) continue;
    const personId = found?.id ?? (await create(started, member, email));
    await keepToken(started, personId, member.key, [...member.roles]);
  }
  return { signInUrl: administrator.url, approver: 'bo' };
}

async function create(started: Started, member: (typeof crew)[number], email: string): Promise<PersonId> {
  const made = await started.riposte.identity.createPerson(door, {
    name: member.name,
    email,
    roles: [...member.roles],
    groups: [...member.groups],
  });
  if (!made.ok) throw new Error(`${member.name}: ${made.detail}`);
  return made.person.id;
}

/** `cli-token-<key>` for `--as <key>`; Bo's is also the default. */
async function keepToken(started: Started, personId: PersonId, key: string, roles: string[]): Promise<void> {
  const file = join(started.config.dataDir, `cli-token-${key}`);
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '' && (await started.riposte.identity.findByToken(kept.trim())) !== null) return;
  const made = await started.riposte.identity.createToken(door, {
    personId,
    name: `npm start, ${key}`,
    roles,
  });
  if (!made.ok) throw new Error(made.detail);
  for (const path of key === 'bo' ? [file, join(started.config.dataDir, 'cli-token')] : [file]) {
    await writeFile(path, `${made.secret}\n`, { mode: 0o600 });
    await chmod(path, 0o600);
  }
}
