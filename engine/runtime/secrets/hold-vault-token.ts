import { createHash } from 'node:crypto';
import { isJsonObject } from '../../../schemas/json.ts';
import type { HttpResponse } from '../../core/contracts/ports.ts';
import { SecretFailure } from '../../core/contracts/secret.ts';
import { bodyOf } from './judge-vault-answer.ts';

export interface VaultToken {
  /** One that holds; whoever comes while one is being had waits for it. */
  have(): Promise<string>;
  /**
   * It was refused before its time. Whoever lost it first has a new one; the others take that. One that was just had
   * stays: what it may not read is a right that is missing, and each new one stays in Vault for as long as it may live.
   */
  drop(token: string): void;
}

/**
 * Vault and OpenBao lock an AppRole for 15 minutes after five wrong ones (docs/concepts/user-lockout). So what was
 * refused is sent again this late, and another proof at once.
 */
const refusedRestMs = 5 * 60_000;
const youngMs = 60_000;

/**
 * A token that is over is not renewed but had anew: that also takes a role and a proof that were changed, and works past the
 * longest life of a token.
 * @param proof what signs in, as a body; read anew each time
 */
export function holdVaultToken(
  proof: () => Promise<string>,
  signIn: (body: string) => Promise<HttpResponse>,
  nowMs: () => number,
): VaultToken {
  let held: Held | null = null;
  let signing: Promise<string> | null = null;
  let refused: { digest: string; failure: SecretFailure; untilMs: number } | null = null;

  async function haveAnew(): Promise<string> {
    const body = await proof();
    const digest = createHash('sha256').update(body).digest('hex');
    if (refused?.digest === digest && nowMs() < refused.untilMs) throw refused.failure;
    try {
      held = tokenIn(await signIn(body), nowMs());
      return held.token;
    } catch (error) {
      if (error instanceof SecretFailure && error.code === 'misconfigured')
        refused = { digest, failure: error, untilMs: nowMs() + refusedRestMs };
      throw error;
    }
  }

  return {
    have() {
      if (held !== null && nowMs() < held.untilMs) return Promise.resolve(held.token);
      signing ??= haveAnew().finally(() => {
        signing = null;
      });
      return signing;
    },
    drop(token) {
      if (held?.token === token && nowMs() - held.sinceMs >= youngMs) held = null;
    },
  };
}

interface Held {
  token: string;
  sinceMs: number;
  untilMs: number;
}

function tokenIn(answer: HttpResponse, nowMs: number): Held {
  const { auth } = bodyOf(answer, 'refused the sign-in');
  const { client_token: token, lease_duration: seconds } = isJsonObject(auth) ? auth : {};
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token) || typeof seconds !== 'number')
    throw new SecretFailure('misconfigured', 'what answered a sign-in to Vault is no Vault.');
  // Somewhat before its end. A lease of nothing is one without an end.
  return { token, sinceMs: nowMs, untilMs: seconds > 0 ? nowMs + seconds * 900 : Number.POSITIVE_INFINITY };
}
