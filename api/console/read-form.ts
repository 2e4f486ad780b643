import express, { type Request, type RequestHandler } from 'express';

/** A form field's text, or undefined. A field that came twice is not a field of ours. */
export type Form = (name: string) => string | undefined;

// A comment of 2,000 characters is at most 18,000 bytes when each is escaped; the rest is small.
export const parseForm: RequestHandler = express.urlencoded({
  extended: false,
  limit: 32 * 1024,
  // Twenty-five chosen questions, and what is said about them.
  parameterLimit: 40,
});

export function readForm(request: Request): Form {
  const body = request.body as unknown;
  return (name) => {
    if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
    const value = (body as { [field: string]: unknown })[name];
    return typeof value === 'string' ? value : undefined;
  };
}

/** Likewise for `?name=` in the address; empty counts as not given. */
export function readQuery(request: Request): Form {
  return (name) => {
    const value = Object.hasOwn(request.query, name) ? request.query[name] : undefined;
    if (typeof value !== 'string' || value === '' || value.length > 1000) return undefined;
    // PostgreSQL has no text with a NUL in it, so nothing can match one.
    return value.includes('\0') ? undefined : value;
  };
}
