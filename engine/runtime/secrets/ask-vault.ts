import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { AddressRefused, type Http, HttpFailure, type HttpResponse } from '../../core/contracts/ports.ts';
import { SecretFailure } from '../../core/contracts/secret.ts';
import type { SecretSource } from '../../core/secret/secret-source.ts';
import type { VaultSource } from './open-secrets.ts';

/*
 * HashiCorp Vault or OpenBao, KV version 2. By hashicorp/vault, website/content/api-docs: secret/kv/kv-v2.mdx (GET
 * /v1/<mount>/data/<path>, X-Vault-Token, data.data), auth/approle.mdx and auth/kubernetes.mdx (POST
 * /v1/auth/<mount>/login, auth.client_token, auth.lease_duration), index.mdx (X-Vault-Namespace, X-Vault-Request, statuses).
 * A token that is over is not renewed but had anew: that also takes a role and a secret_id that were changed.
 * No word of an answer is repeated: it may hold what it was sent.
 */

export interface VaultSettings {
  /** An origin, without a slash at its end. */
  readonly address: string;
  readonly namespace: string | null;
  readonly auth:
    | {
        readonly method: 'approle';
        readonly mount: string;
        readonly roleId: string;
        readonly secretId: SecretSource;
      }
    | {
        readonly method: 'kubernetes';
        readonly mount: string;
        readonly role: string;
        readonly jwt: SecretSource;
      };
  /** Certificates in PEM that alone are trusted; null: those that the runtime trusts. */
  readonly authority: string | null;
}

const timeoutMs = 10_000;
/** Vault locks a role out after a few wrong secrets, so that all secrets together try one again this late. */
const refusedRestMs = 30_000;

/** @param local reads what the sign-in takes: a variable or a file */
export function createVault(
  http: Http,
  settings: VaultSettings,
  local: (source: SecretSource) => Promise<string>,
  nowMs: () => number,
): (source: VaultSource) => Promise<string> {
  let held: { token: string; untilMs: number } | null = null;
  let signing: Promise<string> | null = null;
  let refused: { failure: SecretFailure; untilMs: number } | null = null;

  async function signIn(): Promise<string> {
    const answer = await send('POST', `auth/${settings.auth.mount}/login`, {
      body: await proofOf(settings.auth, local),
    });
    const { auth } = bodyOf(answer, 'refused the sign-in');
    const { client_token: token, lease_duration: seconds } = isJsonObject(auth) ? auth : {};
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token) || typeof seconds !== 'number')
      throw new SecretFailure('misconfigured', 'what answered a sign-in to Vault is no Vault.');
    // Somewhat before its end. A lease of nothing is one without an end.
    held = { token, untilMs: seconds > 0 ? nowMs() + seconds * 900 : Number.POSITIVE_INFINITY };
    return token;
  }

  function token(): Promise<string> {
    if (held !== null && nowMs() < held.untilMs) return Promise.resolve(held.token);
    if (refused !== null && nowMs() < refused.untilMs) return Promise.reject(refused.failure);
    signing ??= signIn()
      .catch((error: unknown) => {
        if (error instanceof SecretFailure && error.code === 'misconfigured')
          refused = { failure: error, untilMs: nowMs() + refusedRestMs };
        throw error;
      })
      .finally(() => {
        signing = null;
      });
    return signing;
  }

  async function send(
    method: 'GET' | 'POST',
    path: string,
    given: { body?: string; token?: string },
  ): Promise<HttpResponse> {
    try {
      return await http.send({
        method,
        url: `${settings.address}/v1/${path}`,
        headers: {
          'X-Vault-Request': 'true',
          ...(settings.namespace !== null && { 'X-Vault-Namespace': settings.namespace }),
          ...(given.token !== undefined && { 'X-Vault-Token': given.token }),
          ...(given.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(given.body !== undefined && { body: given.body }),
        timeoutMs,
      });
    } catch (error) {
      throw unreached(error);
    }
  }

  return async (source) => {
    const path = [source.mount, 'data', ...source.path].map(encodeURIComponent).join('/');
    const first = await token();
    let answer = await send('GET', path, { token: first });
    // Its token may have ended before its time: revoked, or Vault was set up anew. Whoever was first has a new one.
    if (answer.status === 403) {
      if (held?.token === first) held = null;
      answer = await send('GET', path, { token: await token() });
    }
    return fieldOf(bodyOf(answer, 'has nothing there that Riposte may read'), source.field);
  };
}

async function proofOf(
  auth: VaultSettings['auth'],
  local: (source: SecretSource) => Promise<string>,
): Promise<string> {
  const secret = await local(auth.method === 'approle' ? auth.secretId : auth.jwt).catch((error: unknown) => {
    if (!(error instanceof SecretFailure)) throw error;
    throw new SecretFailure(error.code, `what signs in to Vault cannot be read: ${error.message}`, error.met);
  });
  return JSON.stringify(
    auth.method === 'approle'
      ? { role_id: auth.roleId, secret_id: secret }
      : { role: auth.role, jwt: secret },
  );
}

function bodyOf({ status, text }: HttpResponse, refused: string): JsonObject {
  const word = waiting[status] ?? (status >= 500 ? 'it has an error of its own' : undefined);
  if (word !== undefined) throw new SecretFailure('unavailable', `Vault answered ${status}: ${word}.`);
  if (status !== 200) throw new SecretFailure('misconfigured', `Vault ${refused} (${status}).`);
  const body = parse(text);
  if (!isJsonObject(body)) throw new SecretFailure('misconfigured', 'what answered is no Vault.');
  return body;
}

/** What passes by itself. A standby that does not forward sends elsewhere (307), and nobody is followed. */
const waiting: { [status: number]: string } = {
  307: 'it is a standby',
  308: 'it is a standby',
  412: 'it has not caught up',
  429: 'it is a standby, or is asked too often',
  472: 'it is a standby for disaster recovery',
  473: 'it is a performance standby',
  501: 'it is not set up yet',
  503: 'it is sealed or down for maintenance',
};

function fieldOf({ data }: JsonObject, field: string): string {
  const fields = isJsonObject(data) ? data.data : undefined;
  if (!isJsonObject(fields))
    throw new SecretFailure('misconfigured', 'Vault has it in no store of KV version 2, or it was deleted.');
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value !== 'string')
    throw new SecretFailure('misconfigured', 'Vault has no such field, or it is no text.');
  return value;
}

/** What the parser says quotes what it read. */
function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function unreached(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error;
  return error.cause instanceof AddressRefused
    ? new SecretFailure(
        'misconfigured',
        'the address of Vault is one that nothing of ours goes to.',
        error.message,
      )
    : new SecretFailure(
        'unavailable',
        'Vault was not reached, or did not answer in time and in full.',
        error.message,
      );
}
