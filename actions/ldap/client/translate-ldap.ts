import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { LdapFailure } from '../../../engine/core/contracts/ldap.ts';
import { retryable, terminal } from '../../client/fail.ts';
import { translateAbort } from '../../client/translate-abort.ts';
import { refusalIn } from '../../client/translate-unsent.ts';

/** Why nothing was done. By stage and result code (RFC 4511 appendix A), never by what a server says in words. */
export function translateLdap(context: ActionContext, system: string, failure: LdapFailure): Failure {
  const refused = refusalIn(failure);
  if (refused !== null) return terminal('address-refused', `${system} is not asked: ${refused.message}`);
  const aborted = translateAbort(context);
  if (aborted !== null) return aborted;
  const { stage, result, message } = failure;
  if (stage === 'connect') return retryable('unavailable', `${system} cannot be reached.`);
  // Whoever stands in between goes away again, and a certificate is renewed.
  if (stage === 'secure') return retryable('unavailable', `${system} is not asked: ${message}`);
  if (result === null) return retryable('timeout', `${system} did not answer.`);
  return byResult(system, result, stage === 'sign-in');
}

function byResult(system: string, result: number, signingIn: boolean): Failure {
  const told = `(result ${result})`;
  switch (result) {
    case 3:
    case 4:
    case 11:
      return terminal('invalid-response', `${system} does not send everything that was asked for ${told}.`);
    case 51:
    case 52:
      return retryable('unavailable', `${system} is busy or going down ${told}.`);
    case 32:
      if (!signingIn)
        return terminal('not-found', `${system} has no such entry, or does not show it ${told}.`);
      break;
    case 10:
      return terminal('unsupported-target', `Another server has it; referrals are not followed ${told}.`);
    case 50:
      return terminal('forbidden', `The login of the connection may not do this ${told}.`);
    case 16:
    case 20:
    case 122:
      // The change named what had been read: somebody was faster.
      return retryable('conflict', `Somebody changed it since it was read; nothing was overwritten ${told}.`);
    case 19:
      // Also what a lock-out by wrong passwords leaves that came in between: whoever causes it must not stay by it.
      return retryable('conflict', `The change does not fit what is there; nothing was changed ${told}.`);
    case 8:
    case 12:
    case 13:
    case 17:
    case 34:
      return terminal('misconfigured', `The settings of the connection do not fit ${system} ${told}.`);
  }
  if (signingIn) return terminal('unauthorized', `${system} refused the sign-in ${told}.`);
  return terminal('conflict', `${system} refuses the change ${told}.`);
}
