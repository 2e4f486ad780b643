/*
 * What the browser hands over of a key, read from a form field before anything is looked up. Only what is needed
 * is taken, and each part is bounded; whether it proves anything is judged by others.
 */

interface CommonAnswer {
  /** base64url. */
  credentialId: string;
  /** base64url of its bytes, which are what was signed. */
  clientDataJSON: string;
  /** base64url; which challenge it says it answers. */
  challenge: string;
}

/** A key that was asked to sign. */
export interface PasskeyAssertion extends CommonAnswer {
  authenticatorData: string;
  signature: string;
  /** Whose key it is, as the key has stored it; null: it did not say. */
  userHandle: string | null;
}

/** A key that was made just now. */
export interface PasskeyAttestation extends CommonAnswer {
  attestationObject: string;
}

/** An RSA key with its attestation has about 1,500 characters; some managers add a few hundred. */
export const passkeyAnswerMax = 8_192;

export function readAssertion(text: string): PasskeyAssertion | null {
  const [common, response] = readCommon(text) ?? [];
  if (common === undefined || response === undefined) return null;
  const { authenticatorData, signature, userHandle = null } = response;
  if (!isBytes(authenticatorData) || !isBytes(signature)) return null;
  if (userHandle !== null && !isBytes(userHandle)) return null;
  return { ...common, authenticatorData, signature, userHandle };
}

export function readAttestation(text: string): PasskeyAttestation | null {
  const [common, response] = readCommon(text) ?? [];
  if (common === undefined || response === undefined) return null;
  const { attestationObject } = response;
  return isBytes(attestationObject) ? { ...common, attestationObject } : null;
}

type Fields = { readonly [name: string]: unknown };

function readCommon(text: string): [CommonAnswer, Fields] | null {
  if (text.length > passkeyAnswerMax) return null;
  const answer = fieldsOf(text);
  const response = answer?.response;
  if (answer === null || answer.type !== 'public-key' || !isFields(response)) return null;
  const { id, rawId } = answer;
  const { clientDataJSON } = response;
  if (!isBytes(id) || id !== rawId || !isBytes(clientDataJSON)) return null;
  const { challenge, crossOrigin } =
    fieldsOf(Buffer.from(clientDataJSON, 'base64url').toString('utf8')) ?? {};
  // Our pages are never inside another site's.
  if (crossOrigin === true) return null;
  // 32 bytes, as all of ours.
  if (typeof challenge !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) return null;
  return [{ credentialId: id, clientDataJSON, challenge }, response];
}

function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** base64url of at least one byte, and no other spelling of the same bytes. */
function isBytes(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    Buffer.from(value, 'base64url').toString('base64url') === value
  );
}
