import { compareBeside } from './beside.ts';
import type { ExportedEntry } from './exported-entry.ts';
import { type Finding, outOfPlace } from './finding.ts';
import { type Head, mismatch, readHead, unreached } from './head.ts';
import { readKey } from './key.ts';
import { KeyChain } from './key-chain.ts';
import { Orders } from './orders.ts';
import { type Facts, Story } from './story.ts';
import { leafOf, Tree } from './tree.ts';
import { Truncations } from './truncations.ts';

/* An exported log against its signed heads, from its bytes and a public key alone. README.md says what is where. */

export interface ExportToVerify {
  /** In ascending order, from index 0. Read twice: which keys the log had is said in its entries. */
  entries: () => Iterable<ExportedEntry>;
  /** Signed notes as exported, in any order. */
  checkpoints: readonly string[];
  /** `<name>+<id>+<key>`, from somewhere else than the export: any key that the log has had. */
  key: string;
  /** Notes that were kept earlier and elsewhere. */
  trusted: readonly string[];
  /** A head that the log after this one names. */
  named?: { size: number; root: string };
  /** SHA-256, in hex, of what is kept beside entries, by their indexes. Absent: not looked at. */
  data?: ReadonlyMap<number, string>;
  /** Facts from the logs before this one; null when they are not at hand. Facts of this log are added. */
  facts?: Facts | null;
}

export interface Verdict {
  ok: boolean;
  entries: number;
  root: string;
  checkpoints: number;
  trusted: number;
  /** Entries whose text is gone: only their hashes were checked. */
  pruned: number;
  /** What the log's key says of them: texts of entries in these ranges went by retention, and of no others. */
  truncated: { from: number; to: number }[];
  /** The keys that signed, each handed over by the one before. */
  keys: string[];
  /** The first entry's text. */
  first: string | null;
  /** Outcomes and actions whose intent or approval is in a log before, which was not given. */
  elsewhere: number;
  /** About the log, as they were done, and those of them that two passkeys did not sign. */
  orders: { done: number; unsigned: number };
  findings: Finding[];
}

export function verifyExport(given: ExportToVerify): Verdict {
  const findings: Finding[] = [];
  const key = readKey(given.key);
  if (key === null) throw new RangeError('the key is not a verifier key of the form name+id+base64');
  const keys = new KeyChain(given.entries(), key, findings);
  const heads = [
    ...given.checkpoints.flatMap((note) => readHead(note, key.name, false, findings)),
    ...given.trusted.flatMap((note) => readHead(note, key.name, true, findings)),
  ]
    .sort((a, b) => a.size - b.size)
    .filter((head) => keys.admits(head));
  if (given.named !== undefined) heads.push({ ...given.named, trusted: true, note: null });
  heads.sort((a, b) => a.size - b.size);
  const tree = new Tree();
  const story = new Story(findings, given.facts);
  const orders = new Orders(findings, given.facts === undefined ? new Map() : (given.facts?.keys ?? null));
  let pruned = 0;
  const truncations = new Truncations(keys, key.name, findings);
  let first: string | null = null;
  let goodSize = 0;
  let next = 0;
  const compare = () => {
    for (; next < heads.length && (heads[next]?.size ?? 0) === tree.size; next += 1) {
      const head = heads[next] as Head;
      if (head.root === tree.root()) goodSize = Math.max(goodSize, head.size);
      else findings.push(mismatch(head, goodSize));
    }
  };
  compare();
  let expected = 0;
  /** No gap so far. Beyond one no root can be computed, but each entry can still be held against its leaf. */
  let whole = true;
  for (const entry of given.entries()) {
    if (entry.idx !== expected) {
      whole = false;
      findings.push(outOfPlace(expected, entry.idx));
      if (!(entry.idx > expected)) continue;
      expected = entry.idx;
    }
    if (entry.idx === 0) first = entry.raw;
    const computed = entry.raw === null ? entry.leaf : leafOf(entry.raw);
    if (entry.raw === null) {
      pruned += 1;
      story.forget();
      orders.forget();
      truncations.miss(entry.idx);
    }
    if (entry.raw !== null) truncations.pass(entry.idx, entry.raw);
    if (entry.raw !== null && whole) {
      story.pass(entry.idx, entry.raw);
      orders.pass(entry.idx, entry.raw);
    }
    if (entry.raw !== null && given.data !== undefined)
      findings.push(...compareBeside(entry.idx, entry.raw, given.data));
    if (computed !== entry.leaf)
      findings.push({
        kind: 'integrity',
        index: entry.idx,
        message: `entry ${entry.idx} is not what its leaf says`,
      });
    expected += 1;
    if (!whole) continue;
    tree.push(Buffer.from(computed, 'hex'));
    truncations.root(tree.size, () => tree.root());
    compare();
  }
  truncations.end();
  orders.end();
  for (const head of heads.slice(next)) {
    if (head.size > expected) findings.push(unreached(head, expected, goodSize));
  }
  // Of no entries there would be nothing to find fault with.
  if (heads.length === 0 && expected === 0)
    findings.push({ kind: 'integrity', index: 0, message: 'there is no entry and no signed checkpoint' });
  const covered = heads.at(-1)?.size ?? 0;
  if (covered < expected) {
    findings.push({
      kind: 'integrity',
      index: covered,
      message: `no signed checkpoint covers the entries from ${covered} on`,
    });
  }
  return {
    ok: findings.length === 0,
    entries: tree.size,
    root: tree.root(),
    checkpoints: heads.filter((head) => !head.trusted).length,
    trusted: heads.filter((head) => head.trusted && head.note !== null).length,
    pruned,
    truncated: truncations.ranges,
    keys: keys.texts,
    first,
    elsewhere: story.elsewhere,
    orders: orders.count,
    findings,
  };
}
