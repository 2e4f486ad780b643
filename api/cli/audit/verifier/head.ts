import type { Finding } from './finding.ts';
import type { Key } from './key.ts';
import { signatureOf } from './signed-note.ts';

/* C2SP tlog-checkpoint: what a signed head says, and of whom. */

export interface Head {
  size: number;
  root: string;
  trusted: boolean;
  /** Null for a head that no signature has to stand under here. */
  note: string | null;
}

/** No head when the note is none of this log; the finding says why. Who signed it is judged by its size. */
export function readHead(note: string, name: string, trusted: boolean, findings: Finding[]): Head[] {
  const split = note.lastIndexOf('\n\n');
  const [origin, size = '?', root] = note.slice(0, split + 1).split('\n');
  const refuse = (why: string): Head[] => {
    findings.push(aboutHead({ size, trusted }, why));
    return [];
  };
  if (!note.endsWith('\n')) return refuse('it is not whole: its last line does not end');
  if (split < 0) return refuse('it is not signed with this key');
  if (!note.slice(split).includes(`\n— ${name} `)) return refuse('it is not signed with this key');
  if (origin !== name || !/^(0|[1-9][0-9]{0,14})$/.test(size)) return refuse('it is about another log');
  return [{ size: Number(size), root: Buffer.from(root ?? '', 'base64').toString('hex'), trusted, note }];
}

function aboutHead({ size, trusted }: { size: number | string; trusted: boolean }, why: string): Finding {
  const whose = trusted ? 'a checkpoint you kept' : 'an exported checkpoint';
  return { kind: 'integrity', index: null, message: `${whose} (size ${size}): ${why}` };
}

/** A finding when this key has not signed it well. */
export function isSigned(head: Head, key: Key, findings: Finding[]): boolean {
  const verdict = signatureOf(head.note ?? '', key);
  if (verdict === 'good') return true;
  findings.push(
    aboutHead(
      head,
      verdict === 'none'
        ? 'it is not signed with this key'
        : 'its signature does not fit: it was changed after it was signed',
    ),
  );
  return false;
}

export function mismatch(head: Head, goodSize: number): Finding {
  const who =
    head.note === null
      ? 'what the log after this one says'
      : head.trusted
        ? 'the checkpoint you kept'
        : 'the signed checkpoint';
  return {
    kind: 'integrity',
    index: goodSize,
    before: head.size,
    message: `${who} of ${head.size} entries has another root: an entry from ${goodSize} to ${head.size - 1} was changed, added, moved or removed`,
  };
}

/** The export ends before what a head names. */
export function unreached({ size, trusted, note }: Head, end: number, goodSize: number): Finding {
  const who =
    note === null ? 'the log after this one' : trusted ? 'a checkpoint you kept' : 'an exported checkpoint';
  // Nothing tells a tail that was cut from a gap that was closed by moving the later ones up.
  const closed =
    goodSize < end ? `, or as many were removed from ${goodSize} on and the later ones moved up` : '';
  return {
    kind: 'integrity',
    index: end,
    before: size,
    message: `${who} names ${size} entries, the export ends before ${end}: entries from ${end} on are missing${closed}`,
  };
}
