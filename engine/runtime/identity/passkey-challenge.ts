import { randomBytes } from 'node:crypto';
import type { ApprovalId, PersonId } from '../../../schemas/ids.ts';
import { approvalChallenge } from '../../core/approval/approval-challenge.ts';
import { wordsChallenge } from '../../core/approval/signed-words.ts';
import { orderChallenge } from '../../core/audit/signed-order.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import type { Tx } from '../store/sql.ts';
import { hashSecret } from './secret.ts';

/*
 * Challenges that a key is asked to sign: random, for one purpose, for the browser that asked, once, for five
 * minutes. They are rows, because another process may get the answer.
 */

/** What a key is asked for. */
export type Purpose =
  /** Nobody is known yet: the key says who it is. */
  | { kind: 'sign-in'; address: string }
  /** Whoever is signed in proves it once more. */
  | { kind: 'again' | 'register'; personId: PersonId }
  | { kind: 'approve'; personId: PersonId; approvalId: ApprovalId; digest: string }
  /** Several words at once; `digest` is that of the list. */
  | { kind: 'together'; personId: PersonId; digest: string }
  /** An order about the log, as one of its two people. */
  | { kind: 'propose-order' | 'confirm-order'; personId: PersonId; digest: string };

export interface OpenChallenge {
  kind: Purpose['kind'];
  personId: PersonId | null;
  approvalId: ApprovalId | null;
  digest: string | null;
  nonce: Buffer | null;
}

/**
 * Open at once, beyond which the oldest end early. A person has a few tabs. Behind a proxy everybody has one address:
 * whoever wants to end the challenge of somebody who is just signing in has to ask a thousand times meanwhile.
 */
const openMax = { person: 5, address: 1_000 } as const;

/** @param browser what only this browser has: of somebody else's, the challenge is none */
export async function openChallenge(
  tx: Tx,
  tenant: string,
  purpose: Purpose,
  browser: string,
): Promise<Buffer> {
  const nonce = randomBytes(32);
  const signed = 'digest' in purpose ? purpose : null;
  const challenge = challengeFor(purpose, nonce);
  const personId = purpose.kind === 'sign-in' ? null : purpose.personId;
  const counted = purpose.kind === 'sign-in' ? `address ${purpose.address}` : `person ${purpose.personId}`;
  // Whoever opens one clears away what has ended, of everybody: nothing else has to remember to.
  await tx.query(
    `delete from passkey_challenges where hash = any(array(
       select hash from passkey_challenges where expires_at <= clock_timestamp() limit 1000 for update skip locked))`,
  );
  await tx.query(
    `delete from passkey_challenges where hash = any(array(
       select hash from passkey_challenges where tenant_id = $1 and counted = $2
       order by created_at desc, hash offset $3 limit 1000 for update skip locked))`,
    [tenant, counted, (personId === null ? openMax.address : openMax.person) - 1],
  );
  await tx.query(
    `insert into passkey_challenges (tenant_id, hash, purpose, browser, counted, person_id, approval_id, digest, nonce, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10 * interval '1 millisecond')`,
    [
      tenant,
      hashSecret(challenge.toString('base64url')),
      purpose.kind,
      hashSecret(browser),
      counted,
      personId,
      purpose.kind === 'approve' ? purpose.approvalId : null,
      signed?.digest ?? null,
      signed === null ? null : nonce,
      sessionPolicy.passkeyChallengeMs,
    ],
  );
  return challenge;
}

function challengeFor(purpose: Purpose, nonce: Buffer): Buffer {
  switch (purpose.kind) {
    case 'approve':
      return approvalChallenge(nonce, purpose.digest);
    case 'together':
      return wordsChallenge(nonce, purpose.digest);
    case 'propose-order':
      return orderChallenge(nonce, purpose.digest, 'proposer');
    case 'confirm-order':
      return orderChallenge(nonce, purpose.digest, 'confirmer');
    default:
      return nonce;
  }
}

/**
 * Uses it up, whatever the answer turns out to be worth: of two answers one finds it. That of another browser or for
 * another purpose stays open, so nobody ends it by guessing.
 *
 * @param challenge base64url
 */
export async function takeChallenge(
  tx: Tx,
  tenant: string,
  challenge: string,
  kinds: readonly Purpose['kind'][],
  browsers: readonly string[],
): Promise<OpenChallenge | null> {
  const { rows } = await tx.query<OpenChallenge & { open: boolean }>(
    `delete from passkey_challenges
     where tenant_id = $1 and hash = $2 and purpose = any($3) and browser = any($4)
     returning purpose as kind, person_id as "personId", approval_id as "approvalId", digest, nonce,
       expires_at > clock_timestamp() as open`,
    [tenant, hashSecret(challenge), kinds, browsers.map(hashSecret)],
  );
  const row = rows[0];
  return row?.open ? row : null;
}
