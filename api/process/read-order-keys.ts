import type { OrderSigner } from '../../engine/core/audit/signed-order.ts';

/** Whose passkeys count below an order about the log: `per_…=sha256:…`, at least two people, each key for one of them. */
export function parseOrderKeys(text: string): { value: readonly OrderSigner[] } | { write: string } {
  const signers = text.split(/\s+/).map((word): OrderSigner | null => {
    const [, personId, publicKey] = /^(per_[\w-]{1,64})=(sha256:[0-9a-f]{64})$/.exec(word) ?? [];
    return personId === undefined || publicKey === undefined ? null : { personId, publicKey };
  });
  const known = signers.filter((signer) => signer !== null);
  const keys = new Set(known.map(({ publicKey }) => publicKey));
  const people = new Set(known.map(({ personId }) => personId));
  if (known.length === signers.length && keys.size === known.length && people.size >= 2)
    return { value: known };
  return {
    write:
      'who may sign orders about the log, as <id of a person>=<sha256:… of the public key of their passkey>, separated by blanks: two people or more, each key once',
  };
}
