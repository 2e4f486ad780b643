import type { Connection, Failure } from '../../engine/core/contracts/action.ts';
import { terminal } from './fail.ts';

/** A base address without a slash at its end. Our own configuration, but a typing mistake in it must not send a credential astray. */
export function baseUrl(
  connection: Pick<Connection, 'id' | 'settings'>,
  name: string,
): { ok: true; url: string } | { ok: false; failure: Failure } {
  const text = connection.settings[name]?.trim() ?? '';
  if (URL.canParse(text)) {
    const url = new URL(text);
    const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
    if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) {
      return { ok: true, url: `${url.origin}${url.pathname}`.replace(/(?<!\/)\/+$/, '') };
    }
  }
  return { ok: false, failure: missing(connection, name, 'an http(s) address without query') };
}

export function setting(
  connection: Connection,
  name: string,
): { ok: true; value: string } | { ok: false; failure: Failure } {
  const value = connection.settings[name]?.trim() ?? '';
  if (value !== '') return { ok: true, value };
  return { ok: false, failure: missing(connection, name, 'a value') };
}

/** Base interval of polling in milliseconds, from the setting `pollMs`; 5,000 if absent or not a number. */
export function pollMs(connection: Connection): number {
  const value = Number(connection.settings.pollMs ?? '5000');
  return Number.isInteger(value) && value > 0 ? value : 5000;
}

function missing(connection: Pick<Connection, 'id' | 'settings'>, name: string, what: string): Failure {
  return terminal('misconfigured', `Connection "${connection.id}" needs ${what} in its setting "${name}".`);
}
