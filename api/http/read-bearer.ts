import type { TokenObjection } from '../../engine/core/identity/judge-workload-token.ts';
import type { Identified } from '../../engine/runtime/identity/identified.ts';
import type { Door } from '../../engine/runtime/identity/identity-context.ts';
import { looksLikeToken } from '../../engine/runtime/identity/secret.ts';
import type { Deps } from './deps.ts';
import { Problem } from './problem.ts';

/*
 * Whose a bearer token is: one of ours, or one of an issuer that the operator has named. They cannot be taken for each
 * other: ours have no dot, theirs have two.
 */

export type Bearer =
  | { identified: Identified; note(door: Door): Promise<void> }
  /** `detail` is what helps whoever had it made; what else failed is in the log alone. */
  | { identified: null; detail?: string; note(door: Door, address: string): Promise<void> };

/** @throws Problem auth/issuer-down */
export async function readBearer(secret: string, deps: Deps): Promise<Bearer> {
  const answer = (await deps.workloads?.identify(secret)) ?? null;
  if (answer === null) return await ours(secret, deps);
  switch (answer.kind) {
    case 'admitted': {
      const { identified, admission } = answer;
      return { identified, note: async (door) => deps.workloads?.noteAdmitted(door, admission) };
    }
    case 'refused': {
      const { bad } = answer;
      const detail = details[bad.why];
      return {
        identified: null,
        ...(detail !== undefined && { detail }),
        note: async (door, address) => deps.workloads?.noteBad(door, bad, address),
      };
    }
    case 'down':
      throw new Problem('auth/issuer-down', undefined, {
        headers: { 'Retry-After': String(answer.retrySeconds) },
      });
  }
}

async function ours(secret: string, { identity }: Deps): Promise<Bearer> {
  const identified = await identity.findByToken(secret);
  if (identified !== null) return { identified, note: async () => undefined };
  return {
    identified,
    async note(door, address) {
      // What never was a token of ours leaves no entry: anybody could fill the log with it.
      if (looksLikeToken(secret))
        await identity.recordRefusal(door, { type: 'auth.failed', code: 'auth/bad-token', address });
    },
  };
}

/** Said only of what the issuer has signed: whoever makes tokens up learns nothing. */
const details: { readonly [why in TokenObjection]?: string } = {
  expired: 'The token has expired. Ask its issuer for a new one.',
  'not-yet': 'The token is not valid yet: look at the clocks of its issuer and of this server.',
  audience:
    'The token is not for here, or not for here alone. Ask its issuer for one with our audience and no other.',
  life: 'The token does not say when it was made (iat), or lives longer than 24 hours. Ask for a shorter one.',
  subject: 'The token has no subject (sub) that can be used: up to 255 visible ASCII characters.',
  type: 'This kind of token (typ) lets nobody in: ask for an ID token or an access token.',
  'no-rule':
    'The token is genuine, and no rule for its issuer fits its claims. Whoever runs this server adds one.',
};
