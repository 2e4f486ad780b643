import type { Hash } from './merkle.ts';

/** C2SP tlog-proof: everything that shows one entry to be in a signed log, in one text file. */
export interface ProofFile {
  index: number;
  /** From the leaf's sibling to the root's child. */
  hashes: readonly Hash[];
  /** The signed note whose root they lead to, byte for byte. */
  checkpoint: string;
  /**
   * Carried along and not signed: here the entry itself. Who verifies hashes it, so a changed one does not
   * lead to the root. Null leaves the line out.
   */
  extra: Uint8Array | null;
}

export function formatProofFile({ index, hashes, checkpoint, extra }: ProofFile): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const lines = [
    'c2sp.org/tlog-proof@v1',
    ...(extra === null ? [] : [`extra ${base64(extra)}`]),
    `index ${index}`,
    ...hashes.map(base64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}
