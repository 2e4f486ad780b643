import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';

/*
 * A witness for one log (C2SP tlog-witness): remembers the last checkpoint, and cosigns the next one only
 * when it continues it. One process, one file that imports nothing of the log's own code, so that it does
 * not agree with its mistakes. What it answers is on the disk before.
 */

export interface WitnessParts {
  name: string;
  /** 32 bytes. */
  seed: Uint8Array;
  /** Verifier key of the log. */
  log: string;
  /** Where the last checkpoint is kept. */
  stateFile: string;
  nowSeconds(): number;
}

export interface Answer {
  status: number;
  type?: string;
  body: string;
}

const bodyBytesMax = 128 * 1024;
const proofMax = 63;

export function createWitness({ name, seed, log, stateFile, nowSeconds }: WitnessParts) {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const secret = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Uint8Array.of(4), publicKey]);
  const id = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  const logKey = readKey(log);

  /** Without a single wait inside, so that two requests cannot both be compared with the same state. */
  function addCheckpoint(body: string): Answer {
    const asked = readRequest(body);
    if (asked === null) return { status: 400, body: 'not an add-checkpoint request\n' };
    const [origin, sizeText = '', rootText = ''] = asked.text.split('\n');
    if (origin !== logKey.name) return { status: 404, body: 'unknown log\n' };
    if (!isSigned(asked.text, asked.signatures, logKey))
      return { status: 403, body: 'no valid signature of the log\n' };
    const size = readSize(sizeText);
    const root = Buffer.from(rootText, 'base64');
    if (size === null || root.length !== 32 || asked.old > size)
      return { status: 400, body: 'no checkpoint, or old is larger than new\n' };
    const last = readState(stateFile);
    if (asked.old !== last.size) return { status: 409, type: 'text/x.tlog.size', body: `${last.size}\n` };
    if (!continues(last, { size, root }, asked.proof))
      return { status: 422, body: 'it does not continue the last checkpoint\n' };
    writeState(stateFile, { size, root });
    const seconds = nowSeconds();
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(seconds));
    const said = sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${asked.text}`), secret);
    return { status: 200, body: `— ${name} ${Buffer.concat([id, time, said]).toString('base64')}\n` };
  }

  return { vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`, addCheckpoint };
}

interface LogKey {
  name: string;
  id: Buffer;
  publicKey: Buffer;
}

function readKey(vkey: string): LogKey {
  const [, name = '', id = '', typed = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey) ?? [];
  const bytes = Buffer.from(typed, 'base64');
  const own = sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4);
  if (bytes.length !== 33 || bytes[0] !== 1 || own.toString('hex') !== id)
    throw new Error('this is no verifier key of a log');
  return { name, id: own, publicKey: bytes.subarray(1) };
}

function readRequest(body: string) {
  const head = body.indexOf('\n\n');
  const note = body.slice(head + 2);
  const split = note.lastIndexOf('\n\n');
  if (head < 0 || split < 0 || !note.endsWith('\n')) return null;
  const [first = '', ...hashes] = body.slice(0, head).split('\n');
  const old = first.startsWith('old ') ? readSize(first.slice(4)) : null;
  const proof = hashes.map((line) => Buffer.from(line, 'base64'));
  if (old === null || proof.length > proofMax || proof.some((hash) => hash.length !== 32)) return null;
  const signatures = note
    .slice(split + 2, -1)
    .split('\n')
    .slice(0, 64);
  return { old, proof, text: note.slice(0, split + 1), signatures };
}

function readSize(text: string): number | null {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : null;
}

/** At least one line of the log's key, and none of it that is wrong. */
function isSigned(text: string, lines: readonly string[], { name, id, publicKey }: LogKey): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const own = lines
    .filter((line) => line.startsWith(`— ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), 'base64'))
    .filter((bytes) => bytes.subarray(0, 4).equals(id));
  return own.length > 0 && own.every((bytes) => verify(null, Buffer.from(text), key, bytes.subarray(4)));
}

interface State {
  size: number;
  root: Buffer;
}

/** RFC 6962 section 2.1.2, read backwards: both roots are rebuilt from the proof. */
function continues(old: State, next: State, proof: readonly Buffer[]): boolean {
  if (old.size === 0) return proof.length === 0 && (next.size > 0 || next.root.equals(sha256()));
  if (old.size === next.size) return proof.length === 0 && old.root.equals(next.root);
  const left = [...proof];
  const rebuild = (m: number, n: number, whole: boolean): [Buffer, Buffer] | null => {
    if (m === n) {
      const hash = whole ? old.root : left.pop();
      return hash === undefined ? null : [hash, hash];
    }
    let k = 1;
    while (k * 2 < n) k *= 2;
    const beside = left.pop();
    const within = m <= k ? rebuild(m, k, whole) : rebuild(m - k, n - k, false);
    if (beside === undefined || within === null) return null;
    const [before, after] = within;
    return m <= k ? [before, node(after, beside)] : [node(beside, before), node(beside, after)];
  };
  const roots = rebuild(old.size, next.size, true);
  return roots !== null && left.length === 0 && roots[0].equals(old.root) && roots[1].equals(next.root);
}

function node(left: Buffer, right: Buffer): Buffer {
  return sha256(Uint8Array.of(1), left, right);
}

function sha256(...parts: Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function readState(path: string): State {
  if (!existsSync(path)) return { size: 0, root: sha256() };
  const { size, root } = JSON.parse(readFileSync(path, 'utf8')) as { size: number; root: string };
  return { size, root: Buffer.from(root, 'base64') };
}

function writeState(path: string, { size, root }: State): void {
  const file = openSync(`${path}.next`, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify({ size, root: root.toString('base64') }));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.next`, path);
  // The new name is on the disk as well, or a crash would bring the old state back.
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function serveWitness(witness: { addCheckpoint(body: string): Answer }): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const right = request.method === 'POST' && request.url === '/add-checkpoint';
      const answer = right
        ? witness.addCheckpoint(Buffer.concat(chunks).toString('utf8'))
        : { status: 404, body: 'there is only POST /add-checkpoint\n' };
      response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/plain; charset=utf-8' });
      response.end(answer.body);
    });
  });
}

function main(): void {
  const [name, seedFile, log, stateFile, port] = process.argv.slice(2);
  if (name === undefined || seedFile === undefined || log === undefined || stateFile === undefined) {
    process.stderr.write('witness.ts <name> <seed file, base64> <vkey of the log> <state file> [port]\n');
    process.exitCode = 2;
    return;
  }
  const seed = Buffer.from(readFileSync(seedFile, 'utf8').trim(), 'base64');
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const witness = createWitness({ name, seed, log, stateFile, nowSeconds });
  serveWitness(witness).listen(Number(port ?? 7890));
  process.stdout.write(`${witness.vkey}\n`);
}

if (import.meta.main) main();
