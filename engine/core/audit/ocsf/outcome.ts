import type { Entry } from '../../contracts/entry.ts';

/** `status_id` of the remediation classes with its text. */
export const statuses = {
  Unknown: 0,
  Success: 1,
  Failure: 2,
  'Does Not Exist': 3,
  Unsupported: 5,
  Error: 6,
  // 99 is `Other`, whose text says what it is.
  dry_run: 99,
} as const;

export type Status = keyof typeof statuses;

/** Mistakes before or around the request; a target that refused is a failure. */
const errors: ReadonlySet<string> = new Set([
  'throttled',
  'unavailable',
  'timeout',
  'cancelled',
  'unauthorized',
  'invalid-request',
  'invalid-response',
  'misconfigured',
  'address-refused',
  'action/deadline',
  'action/invalid-input',
  'action/unknown-connection',
]);

/**
 * How an attempt ended, or null when the entry is no end of one. "The request was sent and no answer came" is
 * neither success nor failure, also where the run goes on as after a failure.
 */
export function outcomeOf(entry: Entry): { status: Status; statusId: number } | null {
  const status = statusOf(entry);
  return status === null ? null : { status, statusId: statuses[status] };
}

function statusOf({ type, code, data }: Entry): Status | null {
  switch (type) {
    case 'action.succeeded':
      return 'Success';
    case 'action.simulated':
      return 'dry_run';
    case 'action.unknown':
      return 'Unknown';
    case 'action.reconciled':
      // When the effect was found, `action.succeeded` follows and tells it.
      return data?.found === 'absent' ? 'Failure' : null;
    case 'action.failed':
      return statusOfFailure(code ?? '');
    default:
      return null;
  }
}

function statusOfFailure(code: string): Status {
  if (code === 'not-found') return 'Does Not Exist';
  if (code === 'unsupported-target') return 'Unsupported';
  if (code === 'action/outcome-unknown') return 'Unknown';
  return errors.has(code) ? 'Error' : 'Failure';
}
