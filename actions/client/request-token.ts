import type { ActionContext, Failure } from '../../engine/core/contracts/action.ts';
import { HttpFailure } from '../../engine/core/contracts/ports.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { retryable, terminal } from './fail.ts';
import { parseJson } from './parse-json.ts';
import { path } from './path.ts';
import { nonEmptyTextOf } from './read-field.ts';
import { readSecret } from './read-secret.ts';
import { baseUrl, setting } from './read-setting.ts';
import { retryAfterMs } from './retry-after.ts';
import { translateUnsent } from './translate-unsent.ts';

export type TokenAnswer = { ok: true; token: string; expiresAtMs: number } | { ok: false; failure: Failure };

/** Signing in is a small exchange; a slow one must not eat the attempt's whole time. */
const timeoutMs = 15_000;

/**
 * One client-credentials exchange (facts 1.3). Nothing reaches the target by it, so every failure is a
 * plain failure and never an unknown outcome. The description of an error is left out: it is free
 * text of the sign-in service about our own secret.
 */
export async function requestToken(context: ActionContext, scope: string): Promise<TokenAnswer> {
  const { connection } = context;
  const login = baseUrl(connection, 'loginUrl');
  if (!login.ok) return login;
  const tenant = setting(connection, 'tenantId');
  if (!tenant.ok) return tenant;
  const client = setting(connection, 'clientId');
  if (!client.ok) return client;

  const secret = await readSecret(connection, 'client_secret');
  if (!secret.ok) return secret;

  try {
    const response = await context.http.send({
      method: 'POST',
      url: login.url + path`/${tenant.value}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.value,
        client_secret: secret.value,
        scope,
      }).toString(),
      timeoutMs,
      signal: context.signal,
    });
    return judge(response, context);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return refuse(translateUnsent(context, 'The sign-in service', error));
  }
}

function judge(
  response: { status: number; headers: { [name: string]: string }; text: string },
  context: ActionContext,
): TokenAnswer {
  const { status } = response;
  const parsed = parseJson(response.text);
  const body: JsonObject = isJsonObject(parsed) ? parsed : {};
  const wait = retryAfterMs(response.headers, context.nowMs());
  if (status === 429) return refuse(retryable('throttled', 'The sign-in service answered 429.', wait));
  if (status >= 500) return refuse(retryable('unavailable', `The sign-in service answered ${status}.`, wait));
  if (status !== 200) {
    const code = nonEmptyTextOf(body, 'error') ?? '';
    const shown = /^\w{1,64}$/.test(code) ? ` ${code}` : '';
    return refuse(
      terminal(
        'unauthorized',
        `The sign-in service answered ${status}${shown}: check tenant, client id and secret of connection "${context.connection.id}".`,
      ),
    );
  }
  const token = nonEmptyTextOf(body, 'access_token');
  const lifeSeconds = body.expires_in;
  if (
    token === null ||
    !/^[\x21-\x7e]+$/.test(token) ||
    typeof lifeSeconds !== 'number' ||
    !(lifeSeconds > 0)
  ) {
    return refuse(terminal('invalid-response', 'The sign-in service answered 200 without a usable token.'));
  }
  return { ok: true, token, expiresAtMs: context.nowMs() + lifeSeconds * 1000 };
}

function refuse(failure: Failure): TokenAnswer {
  return { ok: false, failure };
}
