import type { ActionOutcome, Failure } from '../../engine/core/contracts/action.ts';

/** What every call to a vendor can end in. Playbooks name these in `retry.on`: renaming one breaks them. */
export const vendorFailureCodes = [
  'throttled',
  'unavailable',
  'timeout',
  'cancelled',
  'not-found',
  'forbidden',
  'unauthorized',
  'invalid-request',
  'conflict',
  'unsupported-target',
  'invalid-response',
  'misconfigured',
  'address-refused',
] as const;

export type VendorFailureCode = (typeof vendorFailureCodes)[number];

export function retryable(code: string, message: string, retryAfterMs?: number): Failure {
  return { code, kind: 'retryable', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export function terminal(code: string, message: string): Failure {
  return { code, kind: 'terminal', message };
}

/** What was accepted has ended without success; of a `confirm` alone, where other failures are of the looking. */
export function ended(failure: Failure): ActionOutcome {
  return { kind: 'failed', failure: { ...failure, ended: true } };
}

export function failed(failure: Failure): ActionOutcome {
  return { kind: 'failed', failure };
}
