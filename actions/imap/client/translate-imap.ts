import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { ImapFailure } from '../../../engine/core/contracts/imap.ts';
import { retryable, terminal } from '../../client/fail.ts';
import { translateAbort } from '../../client/translate-abort.ts';

/** The failure behind a visit that changed nothing. */
export function translateImap(context: ActionContext, error: ImapFailure): Failure {
  const told = (advice: string) => `${error.message} ${advice}`;
  switch (error.trouble) {
    case 'address':
      return terminal('address-refused', `The mail server is not asked: ${error.message}`);
    case 'unreachable':
      return translateAbort(context) ?? retryable('unavailable', error.message);
    case 'timeout':
      return translateAbort(context) ?? retryable('timeout', error.message);
    case 'not-safe':
      return terminal(
        'misconfigured',
        told(
          'Its certificate has to be one for the host in "url", by an authority of this machine or of "ca".',
        ),
      );
    case 'sign-in':
      return terminal(
        'unauthorized',
        told('The password is wrong, the user may not act for others, or there is no such mailbox.'),
      );
    case 'unsupported':
      return terminal('unsupported-target', error.message);
    case 'not-found':
      return terminal('not-found', error.message);
    case 'unreadable':
      return terminal('invalid-response', error.message);
    case 'refused':
      return terminal(refusedCodes.get(error.code) ?? 'conflict', error.message);
  }
}

/** RFC 5530. */
const refusedCodes = new Map([
  ['NOPERM', 'forbidden'],
  ['AUTHORIZATIONFAILED', 'forbidden'],
  ['CANNOT', 'unsupported-target'],
  ['CLIENTBUG', 'invalid-request'],
]);
