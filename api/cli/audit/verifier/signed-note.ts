import { exactBase64 } from './exact-base64.ts';
import { isSignature, type Key } from './key.ts';

/** `none` when this key has not signed the note; one bad signature by it spoils the note. */
export function signatureOf(note: string, key: Key): 'good' | 'bad' | 'none' {
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .flatMap((line) => readSignature(line))
    .filter(({ name, id }) => name === key.name && id === key.id);
  if (split < 0 || signatures.length === 0) return 'none';
  const fits = signatures.every(({ bytes }) => isSignature(key, text, bytes));
  return fits ? 'good' : 'bad';
}

function readSignature(line: string): { name: string; id: string; bytes: Buffer }[] {
  const [dash, name, encoded] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined) return [];
  const bytes = exactBase64(encoded);
  if (bytes === null) return [];
  return [{ name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) }];
}
