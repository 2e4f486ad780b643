import type { LabContext } from '../lab-context.ts';
import type { Family } from '../scenario.ts';
import { type LabRequest, Refusal } from './answer.ts';
import type { Audience, TokenClaims } from './tokens.ts';

/** How an API words its refusals. */
export interface RefusalCodes {
  unauthenticated: string;
  forbidden: string;
  throttled: string;
}

/** The caller behind the bearer token, within its rate limit; otherwise 401 or 429. */
export function authorize(
  lab: LabContext,
  request: LabRequest,
  options: { audience: Audience; family: Family; codes: RefusalCodes },
): TokenClaims {
  const { codes, family } = options;
  const { world } = lab;
  const nowMs = world.clock.nowMs();
  const header = request.headers.authorization;
  const token = typeof header === 'string' ? (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null) : null;
  const claims = token === null ? null : lab.tokens.verify(token);
  const refuse = (message: string) =>
    new Refusal(401, codes.unauthenticated, message, { 'www-authenticate': 'Bearer' });
  if (claims === null) throw refuse('Access token is missing or not valid.');
  if (claims.audience !== options.audience) throw refuse('Access token is for another audience.');
  if (claims.expiresAtMs <= nowMs || request.tokenExpired === true) throw refuse('Access token has expired.');
  request.client = claims.name;

  const waitSeconds = lab.throttle.check(family, claims.clientId, world.scenario.limits[family], nowMs);
  if (waitSeconds !== null) {
    // Identity Protection is documented to answer without it
    const wait = family === 'graph-identity-protection' ? {} : { 'retry-after': String(waitSeconds) };
    throw new Refusal(429, codes.throttled, 'Too many requests.', wait);
  }
  return claims;
}

/** 403 unless the caller holds every role of at least one of the alternatives. */
export function requireRoles(caller: TokenClaims, alternatives: string[][], code: string): void {
  if (alternatives.some((roles) => roles.every((role) => caller.roles.includes(role)))) return;
  const wanted = alternatives.map((roles) => roles.join(' + ')).join(' or ');
  throw new Refusal(403, code, `Missing application roles. API required roles: ${wanted}.`);
}
