import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
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

/** PKCS#8 of an Ed25519 seed, before its 32 bytes (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const seedBytes = 32;

export function signerOf(seed: Uint8Array): LogSigner {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-seedBytes);
  return { publicKey, sign: (message) => sign(null, message, key) };
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

/** On the disk before it is used: a key that is lost after its first signature ends the log. */
function createSeed(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  try {
    writeSync(file, `${randomBytes(seedBytes).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
