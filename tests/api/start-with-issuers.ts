import type { Deps } from '../../api/http/deps.ts';
import type { WorkloadRule } from '../../engine/core/identity/workload-rules.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { type Issuer, openWorkloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { LiveLimits } from '../../engine/runtime/outward/tell-live.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { releaseAfter } from '../support/release-after.ts';
import { startTokenIssuer } from '../support/token-issuer.ts';
import { startApi } from './start-api.ts';

export const audience = 'https://soar.example.org';

export const rule = (over: Partial<WorkloadRule> = {}): WorkloadRule => ({
  name: 'main-branch',
  claims: [{ claim: 'sub', is: ['repo:acme/soar:ref:refs/heads/main'] }],
  roles: ['analyst'],
  ...over,
});

/** The doors, and two issuers whose tokens may let in; the clock that their keys grow old by is the test's. */
export async function startWithIssuers(
  rules: readonly WorkloadRule[] = [rule()],
  extra: Partial<Deps> = {},
  limits?: Partial<LiveLimits>,
) {
  const db = await useDatabase();
  const issuer = await startTokenIssuer(audience);
  const other = await startTokenIssuer(audience);
  const clock = { nowMs: 0 };
  const warned: { issuer: string; word: string }[] = [];
  const issuers: Issuer[] = [
    { issuer: issuer.issuer, audience, jwks: null, rules },
    { issuer: other.issuer, audience, jwks: other.jwks, rules: [rule({ name: 'elsewhere' })] },
  ];
  const http = createHttp({ allow: [issuer.issuer, other.issuer] });
  const workloads = openWorkloads(
    { database: db.app, tenant: defaultTenant, mint: mintId },
    issuers,
    http,
    () => clock.nowMs,
    (fields) => void warned.push(fields),
  );
  releaseAfter(() => http.close());
  const api = await startApi({ workloads, ...extra }, limits, db);
  const ask = (token: string) => api.call('GET', '/v1/alerts', { token });
  /** Of the log, those of one type. */
  const written = async (type: string) => (await api.entries()).filter((entry) => entry.type === type);
  return { api, ask, issuer, other, clock, warned, workloads, written, issuers };
}
