import type { Failure } from './action.ts';

/**
 * Why a secret cannot be read. `unavailable` may pass by itself; `misconfigured` takes a person. The text is in words of
 * ours and says how it is kept, never where, nor anything that a store has answered: that may be the secret.
 */
export class SecretFailure extends Error {
  readonly code: 'unavailable' | 'misconfigured';
  /** For the operator's log and terminal: what was asked and what became of it, never what it said. */
  readonly met: string | null;
  constructor(code: SecretFailure['code'], message: string, met: string | null = null) {
    super(message);
    this.name = 'SecretFailure';
    this.code = code;
    this.met = met;
  }
}

/** What it means to an attempt: it names the secret as the connection calls it. */
export function failureOfSecret(
  error: unknown,
  { connection, name }: { connection: string; name: string },
): Failure {
  const which = `The secret "${name}" of connection "${connection}" cannot be read`;
  // Whatever else was thrown is dropped on purpose: it may hold what it found.
  if (!(error instanceof SecretFailure))
    return { code: 'misconfigured', kind: 'terminal', message: `${which}.` };
  const kind = error.code === 'unavailable' ? 'retryable' : 'terminal';
  return { code: error.code, kind, message: `${which}: ${error.message}` };
}
