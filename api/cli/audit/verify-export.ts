import { createHash, createPublicKey, verify } from 'node:crypto';

/*
 * Verifies an exported audit log, or one entry with its proof, offline: from bytes and a public key alone. It imports nothing of
 * the engine, so that whoever doubts the engine can read this one file, or write it again: RFC 6962
 * (tree), C2SP signed-note,
 * tlog-checkpoint (signed heads) and tlog-proof (one entry), RFC 8785 (canonical JSON).
 */

export interface ExportedEntry {
  idx: number;
  /** Hex. */
  leaf: string;
  /** The exact text of the entry; null after provable truncation. */
  raw: string | null;
}

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
  /** Facts from the logs before this one; null when they are not at hand. Facts of this log are added. */
  facts?: Facts | null;
}

/** What later entries may build on, over several logs. */
export interface Facts {
  attempted: Set<string>;
  granted: Set<string>;
}

export type Finding =
  | { kind: 'integrity'; index: number | null; before?: number; message: string }
  | { kind: 'semantic'; index: number; message: string };

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
  findings: Finding[];
}

interface Head {
  size: number;
  root: string;
  trusted: boolean;
  /** Null for a head that no signature has to stand under here. */
  note: string | null;
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
      truncations.miss(entry.idx);
    }
    if (entry.raw !== null) truncations.pass(entry.idx, entry.raw);
    if (entry.raw !== null && whole) story.pass(entry.idx, entry.raw);
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
  for (const head of heads.slice(next)) {
    if (head.size <= expected) continue;
    const who =
      head.note === null
        ? 'the log after this one'
        : head.trusted
          ? 'a checkpoint you kept'
          : 'an exported checkpoint';
    // Nothing tells a tail that was cut from a gap that was closed by moving the later ones up.
    const closed =
      goodSize < expected ? `, or as many were removed from ${goodSize} on and the later ones moved up` : '';
    findings.push({
      kind: 'integrity',
      index: expected,
      before: head.size,
      message: `${who} names ${head.size} entries, the export ends before ${expected}: entries from ${expected} on are missing${closed}`,
    });
  }
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
    findings,
  };
}

/** A number that is none (`NaN`) comes from a line that was written by hand: it stands in nobody's place. */
function outOfPlace(expected: number, idx: number): Finding {
  if (!(idx > expected)) {
    const message = `entry ${idx} stands where ${expected} belongs: it is there twice or was moved`;
    return { kind: 'integrity', index: expected, message };
  }
  const which =
    idx === expected + 1 ? `entry ${expected} is missing` : `entries ${expected} to ${idx - 1} are missing`;
  const message = `${which}; ${idx} stands in its place`;
  return { kind: 'integrity', index: expected, before: idx, message };
}

function mismatch(head: Head, goodSize: number): Finding {
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

// --- C2SP tlog-proof: one entry with the way from its leaf to a signed root -------------------------------

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

/** RFC 9162 section 2.1.3.2; null when the list is too long or too short. */
function rootOver(leaf: Buffer, index: number, size: number, hashes: readonly Buffer[]): Buffer | null {
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = nodeOf(hash, root);
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2);
    } else {
      root = nodeOf(root, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

/** Null for everything that is not the one spelling of its bytes. */
function exactBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

// --- RFC 6962: hashes and the root of what was pushed so far ---------------------------------------------

function leafOf(raw: string): string {
  return createHash('sha256').update(Uint8Array.of(0)).update(raw, 'utf8').digest('hex');
}

/** Roots of the perfect subtrees on the right edge, largest first: all that a growing tree has to remember. */
class Tree {
  size = 0;
  #edge: { hash: Buffer; leaves: number }[] = [];

  push(leaf: Buffer): void {
    this.size += 1;
    let node = { hash: leaf, leaves: 1 };
    for (let last = this.#edge.at(-1); last?.leaves === node.leaves; last = this.#edge.at(-1)) {
      this.#edge.pop();
      node = { hash: nodeOf(last.hash, node.hash), leaves: node.leaves * 2 };
    }
    this.#edge.push(node);
  }

  root(): string {
    if (this.#edge.length === 0) return createHash('sha256').digest('hex');
    return this.#edge
      .map((node) => node.hash)
      .reduceRight((right, left) => nodeOf(left, right))
      .toString('hex');
  }
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

// --- C2SP signed-note and checkpoint ---------------------------------------------------------------------

export interface Key {
  text: string;
  name: string;
  id: string;
  publicKey: Buffer;
}

export function readKey(text: string): Key | null {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const own = createHash('sha256').update(`${name}\n`).update(bytes).digest('hex').slice(0, 8);
  if (bytes.length !== 33 || bytes[0] !== 1 || own !== id) return null;
  return { text: text.trim(), name, id, publicKey: bytes.subarray(1) };
}

/** No head when the note is none of this log; the finding says why. Who signed it is judged by its size. */
function readHead(note: string, name: string, trusted: boolean, findings: Finding[]): Head[] {
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
function isSigned(head: Head, key: Key, findings: Finding[]): boolean {
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

/** Ed25519. */
function isSignature(key: Key, text: string, signature: Buffer): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.publicKey]);
  return verify(
    null,
    Buffer.from(text),
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    signature,
  );
}

/**
 * The keys of one log, in the order in which each handed over to the next: an entry names both, and the first
 * checkpoint behind it is signed by both. From then on only the new one counts, so that an old key that was
 * stolen later signs nothing any more.
 */
class KeyChain {
  readonly texts: string[];
  #keys: Key[];
  /** Index of the entry with which each key but the first begins. */
  #since: number[] = [];
  #handedOver = 0;
  #findings: Finding[];

  constructor(entries: Iterable<ExportedEntry>, given: Key, findings: Finding[]) {
    this.#findings = findings;
    const handovers: { index: number; from: string; to: string }[] = [];
    for (const { idx, raw } of entries) handovers.push(...handoverOf(idx, raw));
    this.texts = [handovers[0]?.from ?? given.text];
    for (const { index, from, to } of handovers) {
      if (from !== this.texts.at(-1)) this.#say(index, 'another key hands over than the one in force');
      this.texts.push(to);
      this.#since.push(index);
    }
    this.#keys = this.texts.flatMap((text) => readKey(text) ?? []);
    const whole = this.#keys.length === this.texts.length;
    if (!whole || this.#keys.some(({ name }) => name !== given.name))
      findings.push({
        kind: 'integrity',
        index: null,
        message: 'the log names a key that is none of its own',
      });
    if (!this.texts.includes(given.text)) {
      this.#keys = [given];
      this.#since = [];
      this.texts.splice(0, this.texts.length, given.text);
    }
  }

  /** Whether the key in force at its size has signed it; heads are asked about in ascending order. */
  admits(head: Head): boolean {
    const at = this.#since.filter((index) => index < head.size).length;
    const key = this.#keys[at];
    if (key === undefined || !isSigned(head, key, this.#findings)) return false;
    for (; this.#handedOver < at; this.#handedOver += 1) {
      const old = this.#keys[this.#handedOver];
      if (old === undefined || !isSigned(head, old, this.#findings)) return false;
    }
    return true;
  }

  /** The key that signs what the sequencer seals at this index. */
  at(index: number): Key | undefined {
    return this.#keys[this.#since.filter((since) => since < index).length];
  }

  #say(index: number, message: string): void {
    this.#findings.push({ kind: 'integrity', index, message: `entry ${index}: ${message}` });
  }
}

/**
 * Retention: an entry further on says which texts went, with the root over everything before the end of the
 * range, signed by the log's key of that moment. A text that is gone without one was removed by somebody.
 */
class Truncations {
  readonly ranges: { from: number; to: number }[] = [];
  #keys: KeyChain;
  #origin: string;
  #findings: Finding[];
  /** Ranges of entries without a text, and roots at whole tiles, as only those can be an end. */
  #gaps: { from: number; to: number }[] = [];
  #roots = new Map<number, string>();

  constructor(keys: KeyChain, origin: string, findings: Finding[]) {
    this.#keys = keys;
    this.#origin = origin;
    this.#findings = findings;
  }

  miss(index: number): void {
    const last = this.#gaps.at(-1);
    if (last?.to === index) last.to = index + 1;
    else this.#gaps.push({ from: index, to: index + 1 });
  }

  /** Kept only while it can matter: below it texts are missing. */
  root(size: number, rootOf: () => string): void {
    if (size % 256 === 0 && this.#gaps.length > 0) this.#roots.set(size, rootOf());
  }

  pass(index: number, raw: string): void {
    const data = truncationOf(raw);
    if (data === null) return;
    const { from, to, root, signature } = data;
    const key = this.#keys.at(index);
    const message = `riposte truncation v1\n${this.#origin}\n${String(from)}\n${String(to)}\n${String(root)}\n`;
    const bytes = exactBase64(String(signature));
    const computed = this.#roots.get(Number(to));
    if (key === undefined || bytes === null || !isSignature(key, message, bytes))
      this.#say(index, 'a truncation that the key of the log has not signed');
    // Ranges whose texts are still here, as in an older export, need no root.
    else if (computed !== undefined && computed !== root)
      this.#say(index, 'a truncation of another log than the entries before it make');
    else this.ranges.push({ from: Number(from), to: Number(to) });
  }

  end(): void {
    for (const { from, to } of this.#gaps) {
      let at = from;
      for (const range of this.ranges) if (range.from <= at && range.to > at) at = Math.min(range.to, to);
      if (at < to) {
        const message = `the texts of entries ${at} to ${to - 1} are gone, and no truncation of the log says so`;
        this.#findings.push({ kind: 'integrity', index: at, before: to, message });
      }
    }
  }

  #say(index: number, message: string): void {
    this.#findings.push({ kind: 'integrity', index, message: `entry ${index}: ${message}` });
  }
}

function truncationOf(raw: string): { [field: string]: unknown } | null {
  if (!raw.includes('"type":"audit.truncated"')) return null;
  try {
    const { type, data } = JSON.parse(raw) as { type?: unknown; data?: { [field: string]: unknown } };
    return type === 'audit.truncated' ? (data ?? {}) : null;
  } catch {
    // Said by the story, which reads every entry.
    return null;
  }
}

function handoverOf(index: number, raw: string | null): { index: number; from: string; to: string }[] {
  if (raw === null || !raw.includes('"type":"log.key-changed"')) return [];
  try {
    const { type, data } = JSON.parse(raw) as { type?: unknown; data?: { from?: unknown; to?: unknown } };
    if (type !== 'log.key-changed') return [];
    return [{ index, from: String(data?.from), to: String(data?.to) }];
  } catch {
    return [];
  }
}

function readSignature(line: string): { name: string; id: string; bytes: Buffer }[] {
  const [dash, name, encoded] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined) return [];
  const bytes = exactBase64(encoded);
  if (bytes === null) return [];
  return [{ name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) }];
}

// --- The story: canonical form, and no outcome without its intent ----------------------------------------

class Story {
  elsewhere = 0;
  #findings: Finding[];
  #attempted: Set<string>;
  #granted: Set<string>;
  /** Whether all that came before is known. */
  #whole: boolean;

  constructor(findings: Finding[], facts: Facts | null | undefined) {
    this.#findings = findings;
    this.#attempted = facts?.attempted ?? new Set();
    this.#granted = facts?.granted ?? new Set();
    this.#whole = facts !== null;
  }

  pass(index: number, raw: string): void {
    let entry: { [field: string]: unknown };
    try {
      entry = JSON.parse(raw) as { [field: string]: unknown };
    } catch {
      this.#say(index, 'it is not JSON');
      return;
    }
    if (canonical(entry) !== raw) this.#say(index, 'it is not in canonical form (RFC 8785)');
    const { type, actionKey, approvalId } = entry;
    const approval = `${String(approvalId)} ${String(entry.planDigest)}`;
    if (type === 'approval.granted') this.#granted.add(approval);
    if (type === 'action.attempted') {
      this.#attempted.add(String(actionKey));
      if (approvalId !== undefined && !this.#granted.has(approval))
        this.#miss(
          index,
          `an action under the approval ${String(approvalId)}, which nobody granted before for exactly this`,
        );
    }
    const outcome = type === 'action.succeeded' || type === 'action.failed' || type === 'action.unknown';
    if (outcome && !this.#attempted.has(String(actionKey)))
      this.#miss(index, 'an outcome of an action that was never attempted');
  }

  /** What came before is not all at hand: the text of an entry is gone. */
  forget(): void {
    this.#whole = false;
  }

  #miss(index: number, message: string): void {
    if (this.#whole) this.#say(index, message);
    else this.elsewhere += 1;
  }

  #say(index: number, message: string): void {
    this.#findings.push({ kind: 'semantic', index, message: `entry ${index}: ${message}` });
  }
}

/** RFC 8785 for what entries hold: no fractions, so numbers are as JSON writes them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
