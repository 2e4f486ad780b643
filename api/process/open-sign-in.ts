import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openProvider } from '../../engine/runtime/identity/ask-provider.ts';
import { callbackPath, createOidcWay } from '../console/sign-in/oidc.ts';
import type { SignInWay } from '../console/sign-in/way.ts';
import type { OidcConfig } from './read-oidc.ts';

export interface SignInOptions {
  oidc: { config: OidcConfig; secret: () => Promise<string> } | null;
  publicUrl: string;
  allowedAddresses: readonly string[];
  ownPlaces: readonly string[];
}

/** The ways to sign in beside the link, and what they hold open. */
export function openSignIn(options: SignInOptions): { ways: SignInWay[]; close(): Promise<void> } {
  if (options.oidc === null) return { ways: [], close: async () => undefined };
  const { config, secret } = options.oidc;
  const { issuer, clientId, scopes } = config;
  // The operator has named the provider, so its own address may be a private one.
  const http = createHttp({
    allow: [new URL(issuer).origin, ...options.allowedAddresses],
    never: options.ownPlaces,
    connections: 4,
  });
  const claims = ['email', 'name', ...(config.people.length > 0 ? [config.groupsClaim] : [])];
  const redirectUri = `${options.publicUrl}${callbackPath}`;
  const provider = openProvider({ issuer, clientId, secret, scopes, claims, redirectUri }, http, Date.now);
  return { ways: [createOidcWay(config, provider)], close: () => http.close() };
}
