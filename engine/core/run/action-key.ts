import { hash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The name of one effect (language reference 9.11): base32 of SHA-256 over kind, run, step path and
 * generation, first 32 characters, lower case. It does not change between attempts, which is what
 * makes the effect happen once; renaming a part breaks the recognition of effects under way.
 */
export function actionKey(kind: 'do' | 'undo', runId: string, stepPath: string, generation: number): string {
  const digest = hash('sha256', [kind, runId, stepPath, String(generation)].join('\n'), 'buffer');
  let bits = 0;
  let value = 0;
  let key = '';
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && key.length < 32) {
      bits -= 5;
      key += alphabet[(value >> bits) & 31];
    }
  }
  return key;
}

/** A number from 0 up to but not including 1 that is fixed by the run's seed and the words given. */
export function seededFraction(seed: string, ...words: string[]): number {
  const digest = hash('sha256', [seed, ...words].join('\n'), 'buffer');
  return digest.readUInt32BE(0) / 0x1_0000_0000;
}

/** 16 bytes as `b64u:…`, fixed by the run's seed and the words given. */
export function seededNonce(seed: string, ...words: string[]): string {
  const digest = hash('sha256', ['nonce', seed, ...words].join('\n'), 'buffer');
  return `b64u:${digest.subarray(0, 16).toString('base64url')}`;
}
