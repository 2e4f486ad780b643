import type { ActionContext } from '../../engine/core/contracts/action.ts';
import { requestToken, type TokenAnswer } from './request-token.ts';

/** Bearer tokens by connection and scope. Lives as long as the registry that made it; never leaves the worker's memory. */
export interface TokenCache {
  token(context: ActionContext, scope: string): Promise<TokenAnswer>;
  /** Forgets a token that the target refused, unless a newer one took its place meanwhile. */
  drop(context: ActionContext, scope: string, token: string): void;
}

/** Renewed five minutes early, or after four fifths of a short life, so that no request starts with a dying token. */
const marginMs = 5 * 60 * 1000;

export function createTokenCache(): TokenCache {
  const kept = new Map<string, { token: string; expiresAtMs: number; renewAtMs: number }>();
  const flights = new Map<string, Promise<TokenAnswer>>();

  function fetchToken(context: ActionContext, scope: string, key: string): Promise<TokenAnswer> {
    const flight = requestToken(context, scope)
      .then((answer) => {
        if (answer.ok) {
          const lifeMs = answer.expiresAtMs - context.nowMs();
          const renewAtMs = answer.expiresAtMs - Math.min(marginMs, lifeMs / 5);
          kept.set(key, { token: answer.token, expiresAtMs: answer.expiresAtMs, renewAtMs });
        }
        return answer;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  async function token(context: ActionContext, scope: string): Promise<TokenAnswer> {
    const key = keyOf(context, scope);
    const held = kept.get(key);
    if (held !== undefined && context.nowMs() < held.renewAtMs) {
      return { ok: true, token: held.token, expiresAtMs: held.expiresAtMs };
    }
    const flight = flights.get(key);
    if (flight === undefined) return await fetchToken(context, scope, key);
    const shared = await flight;
    // another attempt's time-out or cancelling is not ours: then we fetch for ourselves
    const calledOff =
      !shared.ok && (shared.failure.code === 'cancelled' || shared.failure.code === 'timeout');
    return calledOff ? await token(context, scope) : shared;
  }

  return {
    token,
    drop(context, scope, refused) {
      const key = keyOf(context, scope);
      if (kept.get(key)?.token === refused) kept.delete(key);
    },
  };
}

// a changed setting is another identity: an old token must not serve it
function keyOf({ connection }: ActionContext, scope: string): string {
  const { loginUrl, tenantId, clientId } = connection.settings;
  return JSON.stringify([connection.id, loginUrl, tenantId, clientId, scope]);
}
