import { createHash } from 'node:crypto';
import { exactBase64 } from './exact-base64.ts';
import type { Finding } from './finding.ts';
import { isSigned, readHead } from './head.ts';
import { readKey } from './key.ts';
import { rootOver } from './tree.ts';

/* C2SP tlog-proof: one entry with the way from its leaf to a signed root. */

export interface ProofToVerify {
  /** The text of the `.tlog-proof` file. */
  proof: string;
  /** The entry's exact bytes; null when the file carries them in its `extra` line. */
  entry: Uint8Array | null;
  /** `<name>+<id>+<key>`, from somewhere else than the proof. */
  key: string;
}

export type ProofVerdict =
  | { ok: true; origin: string; index: number; size: number; root: string; entry: string }
  | { ok: false; why: string };

export function verifyProof(given: ProofToVerify): ProofVerdict {
  const key = readKey(given.key);
  if (key === null) throw new RangeError('the key is not a verifier key of the form name+id+base64');
  const split = given.proof.indexOf('\n\n');
  const [kind, ...lines] = given.proof.slice(0, Math.max(0, split)).split('\n');
  if (kind !== 'c2sp.org/tlog-proof@v1') return { ok: false, why: 'it is not a C2SP tlog-proof' };
  const extra = /^extra (\S*)$/.exec(lines[0] ?? '')?.[1];
  if (extra !== undefined) lines.shift();
  const indexText = /^index (0|[1-9][0-9]{0,14})$/.exec(lines.shift() ?? '')?.[1];
  const hashes = lines.map((line) => exactBase64(line));
  if (indexText === undefined) return { ok: false, why: 'it does not say which entry it is about' };
  if (hashes.some((hash) => hash?.length !== 32)) return { ok: false, why: 'one of its hashes is none' };
  const entry = given.entry ?? (extra === undefined ? null : exactBase64(extra));
  if (entry === null) return { ok: false, why: 'it does not carry the entry, and none was given with it' };
  const findings: Finding[] = [];
  const note = given.proof.slice(split + 2);
  const [head] = readHead(note, key.name, false, findings).filter((each) => isSigned(each, key, findings));
  if (head === undefined) return { ok: false, why: findings[0]?.message ?? 'it has no signed checkpoint' };
  const index = Number(indexText);
  if (index >= head.size) return { ok: false, why: `entry ${index} is not in a log of ${head.size} entries` };
  const leaf = createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
  const root = rootOver(leaf, index, head.size, hashes as Buffer[]);
  if (root?.toString('hex') !== head.root)
    return { ok: false, why: `these bytes are not entry ${index} of the signed log` };
  const text = Buffer.from(entry).toString('utf8');
  return { ok: true, origin: key.name, index, size: head.size, root: head.root, entry: text };
}
