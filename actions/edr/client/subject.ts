import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';
import type { Subject } from './indicator.ts';

type Reading = { ok: true; subject: Subject } | { ok: false; failure: Failure };

export function fileSubject(input: JsonObject): Reading {
  const value = textArgument(input, 'sha256').trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(value)) return { ok: true, subject: { type: 'FileSha256', value } };
  return refuse('sha256 must be 64 hexadecimal digits.');
}

/** A name with at least two labels: a bare `com` would block more than anybody means. */
const domainPattern = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

export function domainSubject(input: JsonObject): Reading {
  const value = textArgument(input, 'domain').trim().toLowerCase().replace(/\.$/, '');
  if (domainPattern.test(value)) return { ok: true, subject: { type: 'DomainName', value } };
  return refuse('domain must be a domain name such as phish.example; no address, path or wildcard.');
}

function refuse(message: string): Reading {
  return { ok: false, failure: terminal('invalid-request', message) };
}
