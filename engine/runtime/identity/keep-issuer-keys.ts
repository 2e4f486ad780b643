import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { JsonObject } from '../../../schemas/json.ts';
import { failureOf, type ProviderFailure } from './provider-failure.ts';

/*
 * The keys of one issuer, as they were when it was asked last. A key that the issuer takes away counts for as long as
 * they are fresh; one that it does not have makes nobody ask it all the time.
 */

export type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeys {
  /** Those that a token with this key id can be held against. @throws ProviderFailure when none can be had */
  keysFor(kid: string | undefined): Promise<KeySet>;
}

/** So long a key that was taken away goes on. */
export const freshMs = 10 * 60_000;
/** Between two askings, whatever came of the first. */
export const restMs = 30_000;
/** While the issuer cannot be asked, tokens with known keys go on: a shift's time to see to it. */
export const trustedMs = 4 * 60 * 60_000;

/**
 * @param ask all keys, or a failure
 * @param nowMs a clock that is never set
 * @param onFailure once for each asking
 */
export function keepIssuerKeys(
  ask: () => Promise<JsonObject[]>,
  nowMs: () => number,
  onFailure: (failure: ProviderFailure) => void,
): IssuerKeys {
  let kept: { atMs: number; ids: Set<unknown>; set: KeySet } | null = null;
  let askedMs = Number.NEGATIVE_INFINITY;
  let failed: ProviderFailure | null = null;
  let asking: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    askedMs = nowMs();
    try {
      const keys = await ask();
      const set = createLocalJWKSet({ keys } as unknown as JSONWebKeySet);
      kept = { atMs: askedMs, ids: new Set(keys.map(({ kid }) => kid)), set };
      failed = null;
    } catch (error) {
      failed = failureOf(error);
      onFailure(failed);
    } finally {
      asking = null;
    }
  }

  const known = (kid: string | undefined) =>
    kept !== null && nowMs() - kept.atMs < trustedMs && (kid === undefined || kept.ids.has(kid))
      ? kept
      : null;

  return {
    async keysFor(kid) {
      const before = known(kid);
      if (before !== null && nowMs() - before.atMs < freshMs) return before.set;
      // An asking is over before the next may begin: two exchanges of five seconds.
      if (nowMs() - askedMs >= restMs) asking = refresh();
      if (asking !== null) await asking;
      const after = known(kid);
      if (after !== null) return after.set;
      if (failed !== null) throw failed;
      // Asked a moment ago: the issuer has no such key.
      return kept?.set ?? createLocalJWKSet({ keys: [] });
    },
  };
}
