import type { ActionContext, Connection, Failure } from '../../../engine/core/contracts/action.ts';
import { type ImapAccess, ImapFailure, type ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import { terminal } from '../../client/fail.ts';
import { readSecret } from '../../client/read-secret.ts';
import { setting } from '../../client/read-setting.ts';
import { translateImap } from './translate-imap.ts';

export type Visited<T> =
  | { kind: 'done'; value: T }
  | { kind: 'refused'; failure: Failure }
  /** A command that changes something may have arrived. */
  | { kind: 'unknown'; message: string };

/** Shorter than the attempt, so that its own words come before the engine's. */
const visitMs = 240_000;

/** Signs in to one person's mailbox by the settings of the connection. */
export async function visit<T>(
  context: ActionContext,
  mailbox: string,
  work: (mailbox: ImapMailbox) => Promise<T>,
): Promise<Visited<T>> {
  const access = await accessTo(context.connection, mailbox);
  if (!access.ok) return { kind: 'refused', failure: access.failure };
  try {
    const value = await context.imap.visit(
      access.access,
      { timeoutMs: visitMs, signal: context.signal },
      work,
    );
    return { kind: 'done', value };
  } catch (error) {
    if (!(error instanceof ImapFailure)) throw error;
    if (error.sent === 'maybe-sent') return { kind: 'unknown', message: error.message };
    return { kind: 'refused', failure: translateImap(context, error) };
  }
}

export function quarantineFolder({ settings }: Connection): string {
  return settings.quarantineFolder?.trim() || 'Quarantine';
}

async function accessTo(
  connection: Connection,
  mailbox: string,
): Promise<{ ok: true; access: ImapAccess } | { ok: false; failure: Failure }> {
  const [url, user] = [setting(connection, 'url'), setting(connection, 'user')];
  if (!url.ok) return url;
  if (!user.ok) return user;
  const wrong = (what: string) => ({
    ok: false as const,
    failure: terminal('misconfigured', `Connection "${connection.id}" ${what}.`),
  });
  if (!/^imaps?:\/\/[^/]+:\d+\/?$/.test(url.value) || !URL.canParse(url.value))
    return wrong('needs imaps://host:993 or imap://host:143 in its setting "url"');
  const { access = 'master-user', masterSeparator: separator = '*', ca } = connection.settings;
  if (access !== 'master-user' && access !== 'authzid')
    return wrong('needs master-user or authzid in its setting "access"');
  if (/\p{Cc}/u.test(user.value)) return wrong('has a control character in its setting "user"');
  if (separator.length !== 1 || /[\p{L}\p{N}\p{Cc}]/u.test(separator))
    return wrong('needs one sign, such as *, in its setting "masterSeparator"');
  if (mailbox.includes(separator) && access === 'master-user')
    return {
      ok: false,
      failure: terminal('invalid-request', `A mailbox with ${separator} in its name cannot be signed in to.`),
    };
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    return wrong('needs certificates in PEM in its setting "ca"');
  const secret = await readSecret(connection, 'password');
  if (!secret.ok) return secret;
  const password = secret.value.trim();
  if (password === '' || password.includes('\0')) return wrong('has no usable secret "password"');
  return {
    ok: true,
    access: {
      url: url.value,
      access,
      user: user.value,
      password,
      separator,
      mailbox,
      ...(ca !== undefined && { ca }),
    },
  };
}
