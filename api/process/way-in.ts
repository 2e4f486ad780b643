import type { Started } from './started.ts';

const door = { actor: { kind: 'system' as const, id: 'start', channel: 'engine' as const } };

/**
 * A link that signs the administrator in, who is made when there is none.
 *
 * @param groups of one who is made
 */
export async function administratorsLink(
  { riposte: { identity }, publicUrl }: Pick<Started, 'riposte' | 'publicUrl'>,
  groups: readonly string[] = [],
) {
  const administrator = await identity.ensureAdministrator(groups);
  const link = await identity.createSignInLink(door, administrator.personId);
  if (!link.ok)
    throw new Error(`the administrator ${administrator.personId} was deactivated during the start`);
  return { ...administrator, url: `${publicUrl}/sign-in/${link.secret}` };
}

/**
 * A one-time link to show at a start; null when none is to be shown. A terminal is read by whoever started us. What is
 * written elsewhere is kept and read by more people, so there it stands only until an administrator has come in.
 */
export async function wayIn(started: Started, onTerminal: boolean): Promise<string | null> {
  if (!started.config.roles.includes('api')) return null;
  const { cameIn } = await started.riposte.identity.ensureAdministrator();
  return cameIn && !onTerminal ? null : (await administratorsLink(started)).url;
}
