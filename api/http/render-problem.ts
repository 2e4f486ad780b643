import type { ErrorRequestHandler } from 'express';
import { AuditAlarm } from '../../engine/runtime/audit/alarm.ts';
import { BadCursor } from '../../engine/runtime/read/cursor.ts';
import { isConnectionLoss } from '../../engine/runtime/store/sql-state.ts';
import type { Log } from './deps.ts';
import { Problem, problemBody } from './problem.ts';
import { statusOf } from './status-of.ts';

/**
 * The one place where an error becomes an answer: code, words and request id, never a stack, an SQL
 * text or a path. What nobody foresaw is logged in full and leaves as `request/internal`.
 */
export function renderProblem(log: Log, prefix: string): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = String(response.locals.requestId ?? '');
    const problem = toProblem(error);
    if (statusOf(problem.code) >= 500)
      log.error({ err: error, requestId, code: problem.code }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const instance = request.originalUrl.split('?')[0] ?? '';
    response
      .status(statusOf(problem.code))
      .set(problem.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(problem, requestId, encodeURI(decodeLoosely(instance)), prefix)));
  };
}

/** What an error is to whoever asked, in the API and on pages. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BadCursor) return new Problem('request/bad-cursor');
  if (error instanceof AuditAlarm) return new Problem(error.code, error.message, { cause: error });
  if (!(error instanceof Error)) return new Problem('request/internal', undefined, { cause: error });
  const { status, type } = error as Error & {
    status?: unknown;
    type?: unknown;
  };
  if (type === 'entity.too.large') return new Problem('request/too-large');
  if (type === 'encoding.unsupported') {
    return new Problem('request/unsupported-media-type', 'Send the body without compression.');
  }
  if (status === 400 && Array.isArray((error as { errors?: unknown }).errors)) return fromValidator(error);
  if (status === 400) return new Problem('request/invalid');
  if (status === 404) return new Problem('request/not-found');
  // An address that one route takes as a name and another one as a word, with a method of the other.
  if (status === 405) {
    const { Allow } = (error as { headers?: { Allow?: string } }).headers ?? {};
    return new Problem(
      'request/method-not-allowed',
      undefined,
      Allow === undefined ? {} : { headers: { Allow } },
    );
  }
  if (status === 413) return new Problem('request/too-large');
  if (status === 415) return new Problem('request/unsupported-media-type');
  if (isDiskFull(error)) return new Problem('audit/unavailable', undefined, { cause: error });
  if (isConnectionLoss(error)) return new Problem('request/unavailable', undefined, { cause: error });
  return new Problem('request/internal', undefined, { cause: error });
}

/** The validator names places as `/body/decision`; pointers here start at the body. */
function fromValidator(error: Error): Problem {
  const { errors } = error as Error & {
    errors: { path?: string; message?: string }[];
  };
  return new Problem('request/invalid', undefined, {
    errors: errors.slice(0, 50).map(({ path = '', message = 'is not valid' }) => ({
      pointer: path.startsWith('/body') ? path.slice('/body'.length) : path,
      code: 'request/invalid',
      detail: message,
    })),
  });
}

/** No room for a row is no room for its entry, and without that nothing is done. */
function isDiskFull(error: Error): boolean {
  return (error as { code?: unknown }).code === '53100';
}

function decodeLoosely(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return '';
  }
}
