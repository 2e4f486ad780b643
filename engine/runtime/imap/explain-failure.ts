import { ImapFailure } from '../../core/contracts/imap.ts';
import { refusalIn } from './note-refusals.ts';

/*
 * What the library throws, in the words of the port. Decided by codes; what a server wrote stays out, because it may
 * repeat what it was sent, and anybody can write anything there.
 */

/** @param safe whether TLS stood by then */
export function explainOpening(error: unknown, safe: boolean, signal: AbortSignal): ImapFailure {
  if (error instanceof ImapFailure) return error;
  const cause = { cause: error };
  if (signal.aborted) return new ImapFailure('The visit was broken off.', 'timeout', cause);
  const { code, authenticationFailed, tlsFailed } = error as {
    code?: string;
    authenticationFailed?: boolean;
    tlsFailed?: boolean;
  };
  if (!safe && (tlsFailed === true || isAboutTls(code ?? '')))
    return new ImapFailure(`No safe connection: ${nameOf(code)}.`, 'not-safe', cause);
  const refusal = refusalIn(error);
  // It knows the password and cannot let anybody in just now (RFC 5530).
  if (refusal !== null && passing.has(refusal.code))
    return new ImapFailure(`The server lets nobody in: ${refusal.code}.`, 'unreachable', cause);
  if (authenticationFailed === true)
    return new ImapFailure('The server refused the sign-in.', 'sign-in', {
      ...cause,
      code: refusal?.code ?? '',
    });
  return explain(error, safe ? 'The conversation broke off.' : 'The server cannot be reached.');
}

/** For a visit that had begun; `message` is for what has no words of its own. */
export function explain(error: unknown, message: string): ImapFailure {
  if (error instanceof ImapFailure) return error;
  const refusal = refusalIn(error);
  if (refusal !== null) return refused(refusal.code, error);
  const { code } = error as { code?: string };
  if (tooMuch.has(code ?? ''))
    return new ImapFailure('The server sent more than can be read.', 'unreadable', { cause: error });
  if (code === 'ETIMEOUT' || code === 'GREETING_TIMEOUT' || code === 'CONNECT_TIMEOUT')
    return new ImapFailure('The server did not answer in time.', 'timeout', { cause: error });
  return new ImapFailure(message, 'unreachable', { cause: error });
}

export function refused(code: string, cause?: unknown): ImapFailure {
  const said = code === '' ? 'without a reason' : code;
  const trouble = passing.has(code) ? 'unreachable' : missing.has(code) ? 'not-found' : 'refused';
  return new ImapFailure(`The server refused the command: ${said}.`, trouble, { code, cause });
}

const passing = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'THROTTLED', 'LIMIT']);
const missing = new Set(['NONEXISTENT', 'TRYCREATE']);
const tooMuch = new Set([
  'LineTooLarge',
  'LiteralTooLarge',
  'ResponseTooLarge',
  'TooManyTokens',
  'TooManyResponses',
]);

function isAboutTls(code: string): boolean {
  return /CERT|SIGNATURE|^ERR_(TLS|SSL|OSSL)|^EPROTO$|STARTTLS/.test(code);
}

function nameOf(code: string | undefined): string {
  return code !== undefined && /^[A-Za-z0-9_]{1,60}$/.test(code) ? code : 'TLS did not begin';
}
