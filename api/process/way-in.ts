import type { Started } from './started.ts';

const door = { actor: { kind: 'system' as const, id: 'start', channel: 'engine' as const } };

/** A link that signs the administrator in, who is made when there is none. */
export async function administratorsLink({ riposte: { identity }, publicUrl }: Started) {
  const administrator = await identity.ensureAdministrator();
  const link = await identity.createSignInLink(door, administrator.personId);
  if (!link.ok)
    throw new Error(`the administrator ${administrator.personId} was deactivated during the start`);
  return { ...administrator, url: `${publicUrl}/sign-in/${link.secret}` };
}

/**
 * What a server says about the way in, or null. On a terminal at each start; anywhere else only until an administrator
 * has come in: whoever reads a log file would be one otherwise.
 */
export async function signInLine(started: Started, onTerminal: boolean): Promise<string | null> {
  const { cameIn } = await started.riposte.identity.ensureAdministrator();
  if (cameIn && !onTerminal) return null;
  const { name, url } = await administratorsLink(started);
  return `sign in as ${name}, once, within 15 minutes: ${url}`;
}
