import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

/*
 * The public keys in what an issuer publishes (RFC 7517). What else stands there is left out: keys of other kinds and
 * for other uses, certificates, private parts.
 */

/** A large issuer has about ten while they are exchanged. */
export const issuerKeysMax = 100;

/** A modulus of 16,384 bits has 2,731 characters. */
const fieldMax = 3_000;

const fields = ['kty', 'kid', 'alg', 'use', 'key_ops', 'n', 'e', 'crv', 'x', 'y'];

/** Null: that is no list of keys, or a far too long one. */
export function issuerKeysIn(document: unknown): JsonObject[] | null {
  if (!isJsonObject(document) || !Array.isArray(document.keys)) return null;
  if (document.keys.length > issuerKeysMax) return null;
  return document.keys.filter(isJsonObject).filter(isPublic).map(withoutRest);
}

function isPublic(key: JsonObject): boolean {
  return ['RSA', 'EC', 'OKP'].some((kind) => key.kty === kind) && key.d === undefined && key.k === undefined;
}

function withoutRest(key: JsonObject): JsonObject {
  return Object.fromEntries(
    fields.flatMap((name): [string, Json][] => {
      const value = key[name];
      return value === undefined || (typeof value === 'string' && value.length > fieldMax)
        ? []
        : [[name, value]];
    }),
  );
}
