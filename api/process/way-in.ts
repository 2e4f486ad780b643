import type { Started } from './started.ts';

/**
 * A one-time sign-in link of the administrator, who is made when there is none; null when none is to be shown.
 * A terminal is read by whoever started us. What is written elsewhere is kept and read by more people, so
 * there it stands only for as long as nobody else could let the first one in.
 */
export async function wayIn({ riposte, config, publicUrl }: Started, onTerminal: boolean) {
  if (!config.roles.includes('api')) return null;
  if (!onTerminal && (await riposte.identity.hasWayIn())) return null;
  const { secret } = await riposte.identity.ensureAdministrator();
  return `${publicUrl}/sign-in/${secret}`;
}
