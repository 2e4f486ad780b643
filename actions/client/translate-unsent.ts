import type { ActionContext, Failure } from '../../engine/core/contracts/action.ts';
import { AddressRefused, type HttpFailure } from '../../engine/core/contracts/ports.ts';
import { retryable, terminal } from './fail.ts';
import { translateAbort } from './translate-abort.ts';

/**
 * Why a request was surely not sent. An address that was refused is no outage: trying again changes nothing, and
 * whoever reads the log has to see where it would have gone.
 */
export function translateUnsent(context: ActionContext, system: string, error: HttpFailure): Failure {
  const refused = refusalIn(error);
  if (refused !== null) return terminal('address-refused', `${system} is not asked: ${refused.message}`);
  return translateAbort(context) ?? retryable('unavailable', `${system} cannot be reached.`);
}

/** However deep: a connection to several addresses wraps what its resolver said. */
export function refusalIn(error: unknown): AddressRefused | null {
  for (let at = error, deep = 0; at instanceof Error && deep < 5; at = at.cause, deep++)
    if (at instanceof AddressRefused) return at;
  return null;
}
