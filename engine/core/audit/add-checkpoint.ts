import type { Hash } from './merkle.ts';
import { parseNote, verifyNote } from './signed-note.ts';
import type { VerifierKey } from './verifier-key.ts';

/*
 * C2SP tlog-witness `add-checkpoint`: what a log sends to a witness, and what counts as its answer.
 */

export interface AddCheckpoint {
  /** The size that the witness knows of this log; 0 when it knows none. */
  old: number;
  proof: readonly Hash[];
  note: string;
}

export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${old}\n${lines.join('')}\n${note}`;
}

/** The body of a 409: the size that the witness has. */
export function parseKnownSize(body: string): number | null {
  return body.endsWith('\n') ? parseSize(body.slice(0, -1)) : null;
}

function parseSize(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : null;
}

/**
 * The one line of the answer by which this witness cosigns the checkpoint; lines of other keys are not
 * kept, as nobody here can say whose they are. Null when none holds.
 */
export function cosignatureOf(answer: string, noteText: string, witness: VerifierKey): string | null {
  for (const line of answer.split('\n').slice(0, -1)) {
    const note = `${noteText}\n${line}\n`;
    if (parseNote(note) !== null && verifyNote(note, [witness]).ok) return `${line}\n`;
  }
  return null;
}
