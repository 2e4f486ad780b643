import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { Http } from '../../core/contracts/ports.ts';
import { issuerKeysIn } from '../../core/identity/issuer-keys.ts';
import { ProviderFailure } from './provider-failure.ts';

/** Of one exchange; a token may wait for two. */
const timeoutMs = 5_000;

/**
 * The keys that an issuer signs with: at the address that the operator has named, or the one in the issuer's document.
 * Over the guarded client: no redirect, bounded size, no address that is not admitted.
 * @throws ProviderFailure, HttpFailure
 */
export async function askIssuerKeys(
  { issuer, jwks }: { issuer: string; jwks: string | null },
  http: Http,
): Promise<JsonObject[]> {
  const keys = issuerKeysIn(await readJson(jwks ?? (await findKeys(issuer, http)), http));
  if (keys === null) throw new ProviderFailure('untrue', 'keys');
  return keys;
}

async function findKeys(issuer: string, http: Http): Promise<string> {
  const document = await readJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, http);
  if (!isJsonObject(document) || document.issuer !== issuer) throw new ProviderFailure('untrue', 'issuer');
  const { jwks_uri: address } = document;
  if (typeof address !== 'string' || !URL.canParse(address)) throw new ProviderFailure('untrue', 'address');
  // Whoever can change keys on the way makes tokens. Plain http is for an issuer on the own machine.
  if (new URL(address).protocol !== new URL(issuer).protocol) throw new ProviderFailure('untrue', 'address');
  return address;
}

async function readJson(url: string, http: Http): Promise<unknown> {
  const { status, text } = await http.send({
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    timeoutMs,
  });
  if (status !== 200) throw new ProviderFailure(status >= 500 ? 'down' : 'untrue', `status-${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderFailure('untrue', 'not-json');
  }
}
