import type { JsonObject } from '../../../schemas/json.ts';

/**
 * What an entry says of an answer that its step does not hold: by the digest whoever is handed the artifact knows that it
 * is what came. A target that answers in this form names bytes of its own choice, and no artifact that is kept.
 */
export function keptApart({ omitted, artifact: id, sha256 }: JsonObject): JsonObject {
  if (typeof omitted !== 'string' || typeof id !== 'string' || typeof sha256 !== 'string') return {};
  const plain = /^art_[0-9a-f]{32}$/.test(id) && /^sha256:[0-9a-f]{64}$/.test(sha256);
  return plain ? { artifact: { id, sha256 } } : {};
}
