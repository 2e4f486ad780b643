import { NoResultError, ResultCodeError } from 'ldapts';

/** What the server answered, by RFC 4511 appendix A; null where the error is not an answer of it. */
export function resultOf(error: unknown): number | null {
  return error instanceof ResultCodeError && !(error instanceof NoResultError) ? error.code : null;
}
