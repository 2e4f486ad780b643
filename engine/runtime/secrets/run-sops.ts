import { spawn } from 'node:child_process';
import { SecretFailure } from '../../core/contracts/secret.ts';

/*
 * `sops -d --output-type json <file>`, as a process without a shell. Flags: github.com/getsops/sops README.rst; exit
 * statuses: cmd/sops/codes/codes.go there. What it says on stderr is not read, as it quotes values that it could not convert;
 * the status tells. It checks the file's MAC itself.
 */

/** It may have to ask a key service. */
const timeoutMs = 15_000;
const outputBytesMax = 1024 * 1024;

/** CouldNotRetrieveKey: the key service is down, or no key that is here opens the file; it does not say which. */
const noKey = 128;
/** MacMismatch. */
const changed = 51;

/** @throws SecretFailure */
export async function decryptedBySops(
  path: string,
  keys: readonly string[],
  environment: { [name: string]: string },
): Promise<string> {
  const ended = await run(['-d', '--output-type', 'json', path], environment);
  if (ended.status === 0) return leafOf(parse(ended.output), keys);
  if (ended.status === noKey)
    throw new SecretFailure('unavailable', 'sops could not get a key that opens the file.');
  if (ended.status === changed)
    throw new SecretFailure('misconfigured', 'the file was changed without sops.');
  throw new SecretFailure('misconfigured', `sops could not open the file (status ${ended.status}).`);
}

function run(
  args: readonly string[],
  env: { [name: string]: string },
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what it started (gpg, a command for the key) ends with it.
    const child = spawn('sops', args, {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const giveUp = (failure: SecretFailure) => {
      clearTimeout(timer);
      if (child.pid !== undefined) endGroup(child.pid);
      child.stdout.destroy();
      reject(failure);
    };
    const timer = setTimeout(
      () => giveUp(new SecretFailure('unavailable', `sops did not end within ${timeoutMs / 1000} seconds.`)),
      timeoutMs,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax)
        giveUp(new SecretFailure('misconfigured', 'the file holds more than a megabyte.'));
      else chunks.push(chunk);
    });
    child.once('error', (error: NodeJS.ErrnoException) => giveUp(notStarted(error.code)));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (signal !== null || code === null)
        reject(new SecretFailure('unavailable', `sops was ended (${signal ?? 'no status'}).`));
      else resolve({ status: code, output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

function notStarted(code = 'unknown'): SecretFailure {
  return code === 'ENOENT' || code === 'EACCES'
    ? new SecretFailure('misconfigured', 'there is no program "sops" on the PATH that can be started.')
    : new SecretFailure('unavailable', `sops could not be started just now (${code}).`);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** What the parser says quotes what it read. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretFailure('misconfigured', 'what sops printed is no JSON.');
  }
}

function leafOf(document: unknown, keys: readonly string[]): string {
  let at = document;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key))
      throw new SecretFailure('misconfigured', 'the file has no such key.');
    at = (at as { [key: string]: unknown })[key];
  }
  if (typeof at !== 'string') throw new SecretFailure('misconfigured', 'what stands at the key is no text.');
  return at;
}
