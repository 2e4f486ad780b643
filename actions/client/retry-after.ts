/** A vendor that asks for more than a day is answered by the deadline of the step, not by waiting. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/** Milliseconds to wait, from `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3); undefined without one. */
export function retryAfterMs(headers: { [name: string]: string }, nowMs: number): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  if (!Number.isFinite(waitMs)) return undefined;
  return Math.min(Math.max(0, waitMs), maxRetryAfterMs);
}
