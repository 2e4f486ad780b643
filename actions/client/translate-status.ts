import type { Failure } from '../../engine/core/contracts/action.ts';
import type { HttpResponse } from '../../engine/core/contracts/ports.ts';
import { isJsonObject } from '../../schemas/json.ts';
import { retryable, terminal } from './fail.ts';
import { parseJson } from './parse-json.ts';
import { nonEmptyTextOf, objectOf } from './read-field.ts';
import { retryAfterMs } from './retry-after.ts';

/** What a vendor said about an error (facts 2.1 and 2.2). `text` may change at any time: never branch on it. */
export interface VendorError {
  code: string;
  text: string;
  /** Correlation id to quote to the vendor's support; empty if none. */
  correlation: string;
}

export function readVendorError(response: HttpResponse): VendorError {
  const body = parseJson(response.text);
  const error = isJsonObject(body) ? objectOf(body, 'error') : {};
  const inner = { ...objectOf(error, 'innererror'), ...objectOf(error, 'innerError') };
  const code = nonEmptyTextOf(error, 'code') ?? '';
  const correlation = nonEmptyTextOf(error, 'target') ?? nonEmptyTextOf(inner, 'request-id') ?? '';
  return {
    code: /^[\w.-]{1,80}$/.test(code) ? code : '',
    text: nonEmptyTextOf(error, 'message') ?? '',
    correlation: /^[0-9a-fA-F-]{8,64}$/.test(correlation) ? correlation : '',
  };
}

/** Vendor codes that say more than their status does. */
const unsupportedTarget = new Set(['OsPlatformNotSupported', 'ClientVersionNotSupported']);

/**
 * The failure behind a status that is not 2xx, by status and `error.code` only.
 * 429 and 5xx are retryable as such; whether a write that ended in 5xx may be repeated is not decided here.
 */
export function translateStatus(response: HttpResponse, system: string, nowMs: number): Failure {
  const { status } = response;
  const error = readVendorError(response);
  const message = `${system} answered ${describe(status, error)}`;

  if (status === 429) return retryable('throttled', message, retryAfterMs(response.headers, nowMs));
  if (status === 408) return retryable('timeout', message);
  if (status >= 500) return retryable('unavailable', message, retryAfterMs(response.headers, nowMs));
  if (status === 401) return terminal('unauthorized', message);
  if (status === 403) return terminal('forbidden', message);
  if (status === 404 || status === 410) return terminal('not-found', message);
  if (status === 409 || status === 412 || status === 423) return terminal('conflict', message);
  if (status >= 400) {
    return terminal(unsupportedTarget.has(error.code) ? 'unsupported-target' : 'invalid-request', message);
  }
  return terminal('invalid-response', message);
}

function describe(status: number, error: VendorError): string {
  const code = error.code === '' ? '' : ` ${error.code}`;
  const correlation = error.correlation === '' ? '' : ` (correlation ${error.correlation})`;
  return `${status}${code}${correlation}.`;
}
