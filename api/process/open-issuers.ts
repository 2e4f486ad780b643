import { createHttp } from '../../engine/runtime/http/send-http.ts';
import type { IdentityContext } from '../../engine/runtime/identity/identity-context.ts';
import { openWorkloads, type Workloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { IssuerConfig } from './read-issuers.ts';

export interface IssuerOptions {
  issuers: readonly IssuerConfig[];
  publicUrl: string;
  allowedAddresses: readonly string[];
  ownPlaces: readonly string[];
  warn(fields: object, message: string): void;
}

/** Whoever comes with a token of another issuer, and what that holds open. */
export function openIssuers(
  context: IdentityContext,
  { issuers, publicUrl, allowedAddresses, ownPlaces, warn }: IssuerOptions,
): { workloads: Workloads; close(): Promise<void> } {
  // The operator has named these, so their own addresses may be private ones.
  const named = issuers.flatMap(({ issuer, jwks }) => [issuer, ...(jwks === null ? [] : [jwks])]);
  const http = createHttp({
    allow: [...named.map((address) => new URL(address).origin), ...allowedAddresses],
    never: ownPlaces,
    connections: 2,
  });
  const ours = issuers.map((each) => ({ ...each, audience: each.audience ?? publicUrl }));
  const workloads = openWorkloads(context, ours, http, () => performance.now(), warn);
  return {
    workloads,
    async close() {
      await workloads.settle();
      await http.close();
    },
  };
}
