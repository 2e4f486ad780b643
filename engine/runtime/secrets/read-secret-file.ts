import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SecretFailure } from '../../core/contracts/secret.ts';

/** A certificate with its chain is a few KiB; more is a mistake. */
export const secretBytesMax = 64 * 1024;
/** One byte more, so that a longer one is seen and not cut. */
const bytesMax = secretBytesMax + 1;

/**
 * A file that an operator has mounted. Never waits: opening a pipe that nobody writes to would keep one of the few
 * threads that read files for everybody.
 * @throws SecretFailure without the path
 */
export async function readSecretFile(path: string): Promise<string> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile())
      throw new SecretFailure('misconfigured', 'what it names is no plain file.');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesMax), 0, bytesMax, 0);
    const text = textOf(buffer.subarray(0, bytesRead));
    buffer.fill(0);
    return text;
  } catch (error) {
    throw error instanceof SecretFailure ? error : failureOf(error);
  } finally {
    await file?.close();
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SecretFailure('misconfigured', 'the file that it names is no text in UTF-8.');
  }
}

function failureOf(error: unknown): SecretFailure {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SecretFailure('misconfigured', 'the file that it names is not there.');
  if (code === 'EACCES' || code === 'EPERM')
    return new SecretFailure('misconfigured', 'this process may not read the file that it names.');
  return new SecretFailure('unavailable', `the file that it names cannot be read just now (${code}).`);
}
