import type { TokenCache } from './token-cache.ts';
import { createVendorApi, type VendorApi } from './vendor-api.ts';

/** The two APIs of a Microsoft tenant that the catalogue speaks; settings `graphUrl` and `mdeUrl`. */
export interface MicrosoftApis {
  /** Paths below `…/v1.0`, e.g. `/users/{id}`. */
  graph: VendorApi;
  /** Paths below the host, e.g. `/api/machines/{id}`. */
  mde: VendorApi;
}

const graphScope = 'https://graph.microsoft.com/.default';
const mdeScope = 'https://api.securitycenter.microsoft.com/.default';

/** Hosts whose scope is not the commercial one (facts 1.1 and 1.3); the settings `graphScope` and `mdeScope` win over this. */
const scopeOfHost: { [host: string]: string } = {
  'graph.microsoft.us': 'https://graph.microsoft.us/.default',
  'dod-graph.microsoft.us': 'https://dod-graph.microsoft.us/.default',
  'api-gcc.securitycenter.microsoft.us': 'https://api-gcc.securitycenter.microsoft.us/.default',
  'api-gov.securitycenter.microsoft.us': 'https://api-gov.securitycenter.microsoft.us/.default',
};

export function createMicrosoftApis(tokens: TokenCache): MicrosoftApis {
  return {
    graph: createVendorApi(tokens, {
      system: 'Microsoft Graph',
      urlSetting: 'graphUrl',
      scopeOf: (base, settings) => settings.graphScope ?? scopeOfHost[new URL(base).hostname] ?? graphScope,
    }),
    mde: createVendorApi(tokens, {
      system: 'Defender for Endpoint',
      urlSetting: 'mdeUrl',
      scopeOf: (base, settings) => settings.mdeScope ?? scopeOfHost[new URL(base).hostname] ?? mdeScope,
    }),
  };
}
