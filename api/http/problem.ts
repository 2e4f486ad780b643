import { type Code, codes } from '../../schemas/codes.ts';
import { statusOf } from './status-of.ts';
import type { Refusal, RefusalError } from './use-cases.ts';

/** Thrown anywhere below the router; the error handler turns it into an RFC 9457 answer. */
export class Problem extends Error {
  readonly code: Code;
  readonly detail: string | undefined;
  readonly errors: RefusalError[];
  readonly headers: { [name: string]: string };
  constructor(
    code: Code,
    detail?: string,
    more: {
      errors?: RefusalError[];
      headers?: { [name: string]: string };
      cause?: unknown;
    } = {},
  ) {
    super(detail ?? codes[code].summary, { cause: more.cause });
    this.name = 'Problem';
    this.code = code;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** What everybody gets who proves nothing, wherever and however they ask. */
export function signInFirst(): Problem {
  return new Problem('auth/required', undefined, { headers: { 'WWW-Authenticate': 'Bearer' } });
}

/** Lets a success through; a refusal leaves as a problem. */
export function accepted<Result extends { ok: true } | Pick<Refusal, 'ok' | 'code' | 'detail' | 'errors'>>(
  result: Result,
): Extract<Result, { ok: true }> {
  if (isRefusal(result)) throw new Problem(result.code, result.detail, { errors: result.errors ?? [] });
  return result as Extract<Result, { ok: true }>;
}

function isRefusal(result: { ok: boolean }): result is Refusal {
  return !result.ok;
}

/** Missing and forbidden look the same, so that ids cannot be probed. */
export function found<Value>(value: Value | null): Value {
  if (value === null) throw new Problem('request/not-found');
  return value;
}

export function problemBody(problem: Problem, requestId: string, path: string, prefix: string) {
  const { summary, doc } = codes[problem.code];
  return {
    type: `${prefix}/${doc}`,
    title: summary,
    status: statusOf(problem.code),
    ...(problem.detail !== undefined && { detail: problem.detail }),
    instance: prefix + path,
    code: problem.code,
    requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
  };
}
