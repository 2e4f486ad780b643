import { createPublicKey, type JsonWebKey } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeCredentialPublicKey, isoUint8Array } from '@simplewebauthn/server/helpers';
import type { JsonObject } from '../../../schemas/json.ts';
import type { PasskeyAssertion, PasskeyAttestation } from '../../core/identity/read-passkey-answer.ts';
import type { RelyingParty } from '../../core/identity/relying-party.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';

/*
 * What is asked of a key and what its answer is worth; the only place that knows the library. Who the person is,
 * which challenge is open and whether a counter went back is asked elsewhere.
 */

/** EdDSA, ES256 and RS256: what all keys can, and what `check-evidence.ts` can check with Node alone. */
const algorithms = [-8, -7, -257];

export interface NewPasskey {
  credentialId: Buffer;
  /** COSE. */
  publicKey: Buffer;
  counter: number;
  syncable: boolean;
  synced: boolean;
}

export interface UsedPasskey {
  counter: number;
  syncable: boolean;
  synced: boolean;
}

type Judged<T> = { ok: true; value: T } | { ok: false; why: string };

/** For `navigator.credentials.create`: a key that finds its person by itself and makes sure who holds it. */
export async function registrationOptions(
  party: RelyingParty,
  person: { id: string; name: string },
  challenge: Buffer,
  known: readonly Buffer[],
): Promise<JsonObject> {
  const options = await generateRegistrationOptions({
    rpName: 'Riposte',
    rpID: party.id,
    userID: isoUint8Array.fromUTF8String(person.id),
    userName: person.name,
    userDisplayName: person.name,
    challenge: bytes(challenge),
    timeout: sessionPolicy.passkeyChallengeMs,
    attestationType: 'none',
    excludeCredentials: known.map((id) => ({ id: id.toString('base64url') })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  });
  return { ...options } as unknown as JsonObject;
}

/** For `navigator.credentials.get`. @param allowed which keys; none: whichever the person chooses */
export async function assertionOptions(
  party: RelyingParty,
  challenge: Buffer,
  allowed: readonly Buffer[],
): Promise<JsonObject> {
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: bytes(challenge),
    timeout: sessionPolicy.passkeyChallengeMs,
    userVerification: 'required',
    allowCredentials: allowed.map((id) => ({ id: id.toString('base64url') })),
  });
  return { ...options } as unknown as JsonObject;
}

export function judgeAttestation(
  party: RelyingParty,
  answer: PasskeyAttestation,
): Promise<Judged<NewPasskey>> {
  return judging(async () => {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...envelope(answer),
        response: { clientDataJSON: answer.clientDataJSON, attestationObject: answer.attestationObject },
      },
      expectedChallenge: answer.challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified || registrationInfo === undefined) return null;
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
    // Of the two places that say which key it is, the one that the browser alone wrote must agree.
    if (credential.id !== answer.credentialId) return null;
    const publicKey = Buffer.from(credential.publicKey);
    // One that could be stored and not checked later is refused now.
    publicKeyOf(publicKey);
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey,
      counter: credential.counter,
      syncable: credentialDeviceType === 'multiDevice',
      synced: credentialBackedUp,
    };
  });
}

export function judgeAssertion(
  party: RelyingParty,
  answer: PasskeyAssertion,
  publicKey: Buffer,
): Promise<Judged<UsedPasskey>> {
  return judging(async () => {
    const { authenticatorData, clientDataJSON, signature } = answer;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...envelope(answer), response: { authenticatorData, clientDataJSON, signature } },
      expectedChallenge: answer.challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      // The counter is judged by us: what went back is told apart from what was never signed.
      credential: { id: answer.credentialId, publicKey: bytes(publicKey), counter: 0 },
    });
    if (!verified) return null;
    const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    return {
      counter: newCounter,
      syncable: credentialDeviceType === 'multiDevice',
      synced: credentialBackedUp,
    };
  });
}

/** SubjectPublicKeyInfo of a COSE key. */
export function publicKeyOf(cose: Buffer): Buffer {
  // Its type knows only the parameters that all keys share.
  const key = decodeCredentialPublicKey(bytes(cose)) as unknown as Map<number, number | Uint8Array>;
  const part = (label: number): string => Buffer.from(key.get(label) as Uint8Array).toString('base64url');
  return createPublicKey({ key: jwkOf(key.get(1), part), format: 'jwk' }).export({
    format: 'der',
    type: 'spki',
  });
}

/** RFC 9052 and 9053: 1 is the type of key, -1 the curve or n, -2 x or e, -3 y. */
function jwkOf(kty: unknown, part: (label: number) => string): JsonWebKey {
  switch (kty) {
    case 1:
      return { kty: 'OKP', crv: 'Ed25519', x: part(-2) };
    case 2:
      return { kty: 'EC', crv: 'P-256', x: part(-2), y: part(-3) };
    case 3:
      return { kty: 'RSA', n: part(-1), e: part(-2) };
    default:
      throw new Error(`a key of type ${kty}`);
  }
}

function envelope({ credentialId }: { credentialId: string }) {
  return {
    id: credentialId,
    rawId: credentialId,
    type: 'public-key' as const,
    clientExtensionResults: {},
  };
}

/** The library throws at whatever does not fit; its words are for the entry, nothing branches on them. */
async function judging<T>(work: () => Promise<T | null>): Promise<Judged<T>> {
  try {
    const value = await work();
    return value === null ? { ok: false, why: 'the signature does not hold' } : { ok: true, value };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'it cannot be read' };
  }
}

function bytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
