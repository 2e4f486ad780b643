import * as oidc from 'openid-client';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Http } from '../../core/contracts/ports.ts';
import { fillInClaims, missingClaims } from '../../core/identity/provider-claims.ts';
import { failureOf, ProviderFailure } from './provider-failure.ts';
import { fetchBy, timeoutMs } from './provider-fetch.ts';

/*
 * What is asked of an identity provider (OpenID Connect), and whether what it answers holds: PKCE, state, nonce, issuer
 * (also of the answer, RFC 9207), audience, age, and the token's signature by the provider's own keys. Every address
 * is out of the document of the configured issuer, and every request goes over the guarded client.
 * What goes wrong leaves as a `ProviderFailure`, whose words hold no code, token or secret.
 */

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  /** Read each time, so that it can be exchanged. */
  secret(): Promise<string>;
  scopes: readonly string[];
  /** What has to be known of people, by the names of claims. */
  claims: readonly string[];
  /** Where the provider sends the browser back to. */
  redirectUri: string;
}

/** What only the browser that goes there knows, each one made for one time. */
export interface ProviderChallenge {
  state: string;
  nonce: string;
  /** PKCE. */
  verifier: string;
}

export interface Provider {
  /** Where the browser has to go. `maxAgeSeconds` 0: to prove it anew, whatever session the provider has. */
  addressFor(challenge: ProviderChallenge, maxAgeSeconds: number): Promise<string>;
  /**
   * The claims of the ID token that an answer leads to, and of UserInfo where the token lacks a wanted one.
   * `query` is what the provider sent the browser back with.
   */
  claimsOf(query: URLSearchParams, challenge: ProviderChallenge): Promise<JsonObject>;
}

/** After that it is asked anew: addresses and keys of a provider may move. */
const keptMs = 60 * 60_000;

/** A provider that is down is not asked by everybody who waits for it. */
const restMs = 2_000;

export function openProvider(settings: ProviderSettings, http: Http, nowMs: () => number): Provider {
  let known: { at: number; found: Promise<oidc.Configuration> } | null = null;
  let failedMs = Number.NEGATIVE_INFINITY;

  /** The document of the issuer, asked for when somebody needs it: Riposte starts without the provider. */
  function discovered(): Promise<oidc.Configuration> {
    if (known !== null && nowMs() - known.at < keptMs) return known.found;
    if (nowMs() - failedMs < restMs) return Promise.reject(new ProviderFailure('down', 'not-reached'));
    const found = discover(settings, http).catch((error: unknown) => {
      known = null;
      failedMs = nowMs();
      throw failureOf(error);
    });
    known = { at: nowMs(), found };
    return found;
  }

  return {
    async addressFor({ state, nonce, verifier }, maxAgeSeconds) {
      const provider = await discovered();
      try {
        const address = oidc.buildAuthorizationUrl(provider, {
          redirect_uri: settings.redirectUri,
          response_type: 'code',
          scope: settings.scopes.join(' '),
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          // With it the provider has to say when the proof was made (OpenID Connect Core, 3.1.2.1).
          max_age: String(maxAgeSeconds),
          ...(maxAgeSeconds === 0 && { prompt: 'login' }),
        });
        // People type their passwords there.
        if (address.protocol !== new URL(settings.issuer).protocol)
          throw new ProviderFailure('untrue', 'address');
        return address.href;
      } catch (error) {
        throw failureOf(error);
      }
    },

    async claimsOf(query, { state, nonce, verifier }) {
      const provider = await discovered();
      const address = new URL(settings.redirectUri);
      address.search = query.toString();
      try {
        const tokens = await oidc.authorizationCodeGrant(provider, address, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const token = tokens.claims() as JsonObject | undefined;
        if (token === undefined) throw new ProviderFailure('untrue', 'no-token');
        const { userinfo_endpoint: asks } = provider.serverMetadata();
        if (asks === undefined || missingClaims(token, settings.claims).length === 0) return token;
        const more = await oidc.fetchUserInfo(provider, tokens.access_token, String(token.sub));
        return fillInClaims(token, more as JsonObject, settings.claims);
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

async function discover(settings: ProviderSettings, http: Http): Promise<oidc.Configuration> {
  const { issuer, clientId, secret } = settings;
  // Only for one on the own machine; the configuration refuses any other without TLS.
  const plain = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
  const found = await oidc.discovery(new URL(issuer), clientId, undefined, authenticate(secret), {
    [oidc.customFetch]: fetchBy(http),
    timeout: timeoutMs / 1000,
    execute: [...plain, oidc.enableNonRepudiationChecks],
  });
  // For some well-known issuers the library takes another name than the one that was asked.
  if (found.serverMetadata().issuer !== issuer) throw new ProviderFailure('untrue', 'issuer');
  return found;
}

/** As the provider takes it; by the header, which is the standard's default, where it does not say. */
function authenticate(secret: () => Promise<string>): oidc.ClientAuth {
  return async (server, ...rest) => {
    const text = await secret().catch(() => '');
    if (text === '') throw new ProviderFailure('down', 'no-client-secret');
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const by = methods.includes('client_secret_basic') ? oidc.ClientSecretBasic : oidc.ClientSecretPost;
    return by(text)(server, ...rest);
  };
}
