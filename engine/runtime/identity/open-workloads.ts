import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Http } from '../../core/contracts/ports.ts';
import {
  looksLikeWorkloadToken,
  type TokenObjection,
  tokenLeewaySeconds,
  workloadId,
} from '../../core/identity/judge-workload-token.ts';
import { fittingRules, rolesOfRules, type WorkloadRule } from '../../core/identity/workload-rules.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import { askIssuerKeys } from './ask-issuer.ts';
import type { Identified } from './identified.ts';
import type { Door, IdentityContext } from './identity-context.ts';
import { type IssuerKeys, keepIssuerKeys, restMs } from './keep-issuer-keys.ts';
import { type Admission, createAdmissionLedger } from './note-admitted.ts';
import { type BadToken, createBadTokenLedger } from './note-bad-token.ts';
import { ProviderFailure } from './provider-failure.ts';
import { verifyWorkloadToken } from './verify-workload-token.ts';

/*
 * Programs that come with a token of another issuer (a CI job, a pod, an application of a directory), so that no secret
 * of ours has to lie where they run. They are known by issuer and subject; nothing of theirs is stored.
 */

export interface Issuer {
  /** To the letter as its tokens have it. */
  readonly issuer: string;
  /** What its tokens for us are made out to. */
  readonly audience: string;
  /** Where its keys are; null: where its document says. */
  readonly jwks: string | null;
  readonly rules: readonly WorkloadRule[];
}

export type WorkloadAnswer =
  | { kind: 'admitted'; identified: Identified; admission: Admission }
  | { kind: 'refused'; bad: BadToken }
  /** Its key cannot be had now. */
  | { kind: 'down'; retrySeconds: number };

export interface Workloads {
  readonly issuers: readonly Issuer[];
  /** Null: that is no token of these issuers. */
  identify(token: string): Promise<WorkloadAnswer | null>;
  /** Written before anything is done: the first time that a token comes, and how often it came after that. */
  noteAdmitted(door: Door, admission: Admission): Promise<void>;
  noteBad(door: Door, bad: BadToken, address: string): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

/** @param nowMs a clock that is never set, for the age of keys; tokens are held against that of the database */
export function openWorkloads(
  context: IdentityContext,
  issuers: readonly Issuer[],
  http: Http,
  nowMs: () => number,
  warn: (fields: { issuer: string; word: string }, message: string) => void,
): Workloads {
  const known = new Map<string, { issuer: Issuer; keys: IssuerKeys }>();
  for (const issuer of issuers) {
    const keys = keepIssuerKeys(
      () => askIssuerKeys(issuer, http),
      nowMs,
      ({ word }) => warn({ issuer: issuer.issuer, word }, 'the keys of an issuer cannot be had'),
    );
    known.set(issuer.issuer, { issuer, keys });
  }
  const admitted = createAdmissionLedger(context);
  const bad = createBadTokenLedger(context);
  return {
    issuers,
    async identify(token) {
      const from = known.get(issuerOf(token) ?? '');
      if (from === undefined) return null;
      try {
        return await judge(context, token, from);
      } catch (error) {
        if (error instanceof ProviderFailure) return { kind: 'down', retrySeconds: Math.ceil(restMs / 1000) };
        throw error;
      }
    },
    noteAdmitted: (door, admission) => admitted.note(door, admission),
    noteBad: (door, why, address) => bad.note(door, why, address),
    settle: async () => void (await Promise.all([admitted.settle(), bad.settle()])),
  };
}

/** What it says itself: only which keys it is held against. */
function issuerOf(token: string): string | null {
  if (!looksLikeWorkloadToken(token)) return null;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : null;
  } catch {
    return null;
  }
}

async function judge(
  context: IdentityContext,
  token: string,
  { issuer: { issuer, audience, rules }, keys }: { issuer: Issuer; keys: IssuerKeys },
): Promise<WorkloadAnswer> {
  const now = await databaseNowMs(context.database);
  const { claims, objection } = await verifyWorkloadToken(token, { issuer, audience, keys, nowMs: now });
  if (claims === null) return { kind: 'refused', bad: { issuer, why: objection, subject: null } };
  const refuse = (why: TokenObjection): WorkloadAnswer => ({
    kind: 'refused',
    bad: { issuer, why, subject: typeof claims.sub === 'string' ? claims.sub : null },
  });
  if (objection !== null) return refuse(objection);
  const fitting = fittingRules(rules, claims);
  if (fitting.length === 0) return refuse('no-rule');
  return {
    kind: 'admitted',
    identified: identifiedBy(context, issuer, claims, fitting),
    admission: {
      digest: createHash('sha256').update(token).digest('base64url'),
      issuer,
      subject: String(claims.sub),
      rules: fitting.map(({ name }) => name),
      roles: rolesOfRules(fitting),
      tokenId: typeof claims.jti === 'string' ? claims.jti : null,
      expiresAt: new Date(Number(claims.exp) * 1000).toISOString(),
    },
  };
}

function identifiedBy(
  { tenant }: IdentityContext,
  issuer: string,
  claims: JsonObject,
  fitting: readonly WorkloadRule[],
): Identified {
  return {
    tenant,
    kind: 'service',
    id: workloadId(issuer, String(claims.sub)),
    name: fitting.map(({ name }) => name).join(', '),
    email: null,
    roles: rolesOfRules(fitting),
    groups: [],
    personId: null,
    untilMs: (Number(claims.exp) + tokenLeewaySeconds) * 1000,
  };
}
