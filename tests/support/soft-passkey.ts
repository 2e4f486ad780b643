import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/*
 * A passkey without a device: makes the bytes that a browser would hand over, and any other that an attacker would.
 */

export interface SoftPasskey {
  credentialId: string;
  publicKey: KeyObject;
  /** How often it says it has signed; tests turn it back. */
  counter: number;
  /** Answers `navigator.credentials.create`. */
  create(options: Options, odd?: Odd): string;
  /** Answers `navigator.credentials.get`. */
  get(options: Options, odd?: Odd): string;
}

export interface Options {
  challenge: string;
  rp?: { id: string };
  rpId?: string;
  user?: { id: string };
}

/** What an attacker does differently. */
export interface Odd {
  origin?: string;
  rpId?: string;
  /** Present and verified are 0x05; 0x08 and 0x10 say that it is synced. */
  flags?: number;
  type?: string;
  challenge?: string;
  userHandle?: string | null;
  crossOrigin?: boolean;
  /** Signs with another key. */
  signer?: KeyObject;
}

export function softPasskey(origin = 'http://localhost', credential = randomBytes(16)): SoftPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = credential.toString('base64url');
  let owner: string | null = null;
  const clientData = (type: string, { challenge }: Options, odd: Odd) =>
    Buffer.from(
      JSON.stringify({
        type: odd.type ?? type,
        challenge: odd.challenge ?? challenge,
        origin: odd.origin ?? origin,
        crossOrigin: odd.crossOrigin ?? false,
      }),
    );
  const passkey: SoftPasskey = {
    credentialId,
    publicKey,
    counter: 0,
    create(options, odd = {}) {
      owner = options.user?.id ?? null;
      const data = Buffer.concat([
        head(odd.rpId ?? options.rp?.id ?? '', (odd.flags ?? 0x05) | 0x40, passkey.counter),
        Buffer.alloc(16),
        Buffer.from([0, credential.length]),
        credential,
        coseKey(publicKey),
      ]);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        text('fmt'),
        text('none'),
        text('attStmt'),
        Buffer.from([0xa0]),
        text('authData'),
        Buffer.from([0x59, data.length >> 8, data.length & 0xff]),
        data,
      ]);
      return answer(credentialId, {
        clientDataJSON: base64(clientData('webauthn.create', options, odd)),
        attestationObject: base64(attestationObject),
      });
    },
    get(options, odd = {}) {
      const authenticatorData = head(odd.rpId ?? options.rpId ?? '', odd.flags ?? 0x05, ++passkey.counter);
      const client = clientData('webauthn.get', options, odd);
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(client).digest()]);
      const handle = odd.userHandle === undefined ? owner : odd.userHandle;
      return answer(credentialId, {
        clientDataJSON: base64(client),
        authenticatorData: base64(authenticatorData),
        signature: base64(sign('sha256', signed, odd.signer ?? privateKey)),
        ...(handle !== null && { userHandle: handle }),
      });
    },
  };
  return passkey;
}

/** A page's options, as the script reads them. */
export function optionsOn(page: string): Options {
  const written = /data-options="([^"]*)"/.exec(page)?.[1];
  if (written === undefined)
    throw new Error(`a page that asks for no passkey: ${/<h1>.*?<\/h1>/.exec(page)?.[0]}`);
  return JSON.parse(
    written.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
  ) as Options;
}

function head(rpId: string, flags: number, counter: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags, 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), rest]);
}

/** CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const part = (label: number, value: string) =>
    Buffer.concat([Buffer.from([label, 0x58, 0x20]), Buffer.from(value, 'base64url')]);
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01]),
    part(0x21, x),
    part(0x22, y),
  ]);
}

function text(words: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 | words.length]), Buffer.from(words)]);
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64url');
}

function answer(id: string, response: object): string {
  return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} });
}
