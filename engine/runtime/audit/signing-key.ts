import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID, sign } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pass } from '../fault-point.ts';
import { StartError } from '../store/start-error.ts';

/*
 * The key that signs checkpoints: a 32-byte Ed25519 seed in a file that only the sequencer reads. Never
 * in the database and never in an environment, so that whoever owns those cannot sign.
 */

export interface LogSigner {
  /** 32 bytes. */
  publicKey: Uint8Array;
  /** Ed25519, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** The keys of one host: the first one, and those that were made for later logs, each in a file beside it. */
export interface LogKeys {
  first: LogSigner;
  /** Null when the file is on another host. */
  find(publicKey: Uint8Array): LogSigner | null;
  /** Of every key on this host. */
  publicKeys(): Uint8Array[];
  /** A new one, on the disk before anything can name it. */
  create(): LogSigner;
}

/** PKCS#8 of an Ed25519 seed, before its 32 bytes (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const seedBytes = 32;

export function signerOf(seed: Uint8Array): LogSigner {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-seedBytes);
  return { publicKey, sign: (message) => sign(null, message, key) };
}

/**
 * The first key's file and its neighbours `<file>.<8 hex>`, named by what follows from the public key. They
 * are read when asked for: another sequencer on this host may have made one meanwhile.
 * @throws StartError start/bad-config
 */
export function openSigningKeys(path: string, pass?: Pass): LogKeys {
  const first = openSigningKey(path);
  const fileOf = (publicKey: Uint8Array): string => `${path}.${markOf(publicKey)}`;
  return {
    first,
    find(publicKey) {
      if (sameKey(first, publicKey)) return first;
      const file = fileOf(publicKey);
      const signer = existsSync(file) ? openSigningKey(file) : null;
      return signer !== null && sameKey(signer, publicKey) ? signer : null;
    },
    publicKeys() {
      const beside = readdirSync(dirname(path)).filter(
        (name) => name.startsWith(`${basename(path)}.`) && /\.[0-9a-f]{8}$/.test(name),
      );
      return [first, ...beside.map((name) => openSigningKey(join(dirname(path), name)))].map(
        (each) => each.publicKey,
      );
    },
    create() {
      const seed = randomBytes(seedBytes);
      const signer = signerOf(seed);
      createSeed(fileOf(signer.publicKey), seed, pass);
      return signer;
    },
  };
}

function sameKey(signer: LogSigner, publicKey: Uint8Array): boolean {
  return Buffer.from(signer.publicKey).equals(publicKey);
}

/** Eight hex digits that name a key in file names and log ids. */
export function markOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 8);
}

/**
 * Reads the seed, or makes one when there is no file yet.
 * @throws StartError start/bad-config when the file is not a seed, or others may read it
 */
export function openSigningKey(path: string): LogSigner {
  createSeed(path);
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) {
    throw new StartError('start/bad-config', `${path}: others may read the audit key; run chmod 600 on it`);
  }
  const text = readFileSync(path, 'utf8').trim();
  const seed = Buffer.from(text, 'base64');
  if (seed.length !== seedBytes || seed.toString('base64') !== text) {
    throw new StartError(
      'start/bad-config',
      `${path}: this is no audit key (32 bytes in base64). Put back the file from your backup; a new key needs a new log`,
    );
  }
  return signerOf(seed);
}

/**
 * On the disk before it is used: a key that is lost after its first signature ends the log. Whole before it has
 * its name, as half a key under that name would keep every later start from reading its neighbours; a link,
 * unlike a rename, refuses a name that is taken.
 */
function createSeed(path: string, seed: Uint8Array = randomBytes(seedBytes), pass?: Pass): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.draft-${randomUUID()}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${Buffer.from(seed).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  pass?.('key.drafted');
  try {
    linkSync(draft, path);
  } catch (error) {
    // Another process on this host made one meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  pass?.('key.named');
  // Its name as well: a seed whose folder entry is lost with the power is a lost key.
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
