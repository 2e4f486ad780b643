import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import { LdapFailure, type LdapSession } from '../../../engine/core/contracts/ldap.ts';
import { dialects } from './dialect.ts';
import { type Directory, readDirectory } from './read-directory.ts';
import { translateLdap } from './translate-ldap.ts';

/** `unknown`: a change may have been made, and only asking again tells. */
export type Talk<Told> =
  | { kind: 'told'; told: Told }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'unknown'; message: string };

/** One signed-in conversation with the directory of the connection. The password is read for it and kept nowhere. */
export async function inDirectory<Told>(
  context: ActionContext,
  talk: (session: LdapSession, directory: Directory) => Promise<Told>,
): Promise<Talk<Told>> {
  const reading = await readDirectory(context.connection);
  if (!reading.ok) return { kind: 'refused', failure: reading.failure };
  const { directory } = reading;
  const { system } = dialects[directory.kind];
  try {
    const { signal } = context;
    const told = await context.ldap.speak(directory.access, { signal }, (session) =>
      talk(session, directory),
    );
    return { kind: 'told', told };
  } catch (error) {
    if (!(error instanceof LdapFailure)) throw error;
    if (error.effect === 'maybe-done')
      return { kind: 'unknown', message: `${system} did not confirm the change: it may have been made.` };
    return { kind: 'refused', failure: translateLdap(context, system, error) };
  }
}
