import { AddressRefused, type Http, HttpFailure, type HttpResponse } from '../../core/contracts/ports.ts';
import { SecretFailure } from '../../core/contracts/secret.ts';
import type { SecretSource } from '../../core/secret/secret-source.ts';
import { holdVaultToken } from './hold-vault-token.ts';
import { bodyOf, fieldOf } from './judge-vault-answer.ts';
import type { VaultSource } from './open-secrets.ts';

/*
 * HashiCorp Vault or OpenBao, KV version 2. By hashicorp/vault, website/content/api-docs: secret/kv/kv-v2.mdx (GET
 * /v1/<mount>/data/<path>, X-Vault-Token, data.data), auth/approle.mdx and auth/kubernetes.mdx (POST
 * /v1/auth/<mount>/login, auth.client_token, auth.lease_duration), index.mdx (X-Vault-Namespace, X-Vault-Request, statuses).
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

/** @param local reads what the sign-in takes: a variable or a file */
export function createVault(
  http: Http,
  settings: VaultSettings,
  local: (source: SecretSource) => Promise<string>,
  nowMs: () => number,
): (source: VaultSource) => Promise<string> {
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

  const token = holdVaultToken(
    () => proofOf(settings.auth, local),
    (body) => send('POST', `auth/${settings.auth.mount}/login`, { body }),
    nowMs,
  );
  return async (source) => {
    const path = [source.mount, 'data', ...source.path].map(encodeURIComponent).join('/');
    const first = await token.have();
    let answer = await send('GET', path, { token: first });
    // Its token may have ended before its time: revoked, or Vault was set up anew.
    if (answer.status === 403) {
      token.drop(first);
      const next = await token.have();
      if (next !== first) answer = await send('GET', path, { token: next });
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
