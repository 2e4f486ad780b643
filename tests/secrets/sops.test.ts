import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sopsEnvironment } from '../../api/process/config.ts';
import type { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { parseSource } from '../../engine/core/secret/secret-source.ts';
import { openSecrets } from '../../engine/runtime/secrets/open-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * sops is in no registry that is at hand, so a program of that name stands on the PATH. It takes what sops documents
 * (`sops -d --output-type json <file>`) and nothing else, and ends with the statuses of sops.
 */

const canary = 'canary-of-sops';
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'secrets.enc.yaml');
  await writeFile(file, 'edr: ENC[AES256_GCM,data:…]\n');
});

/** @param does what it does with the file when its arguments are right; stderr repeats the value, as sops may */
async function sops(does: string): Promise<void> {
  const program = join(folder, 'sops');
  await writeFile(
    program,
    `#!/bin/sh
env > ${folder}/env
pwd > ${folder}/cwd
[ "$#" = 4 ] && [ "$1" = -d ] && [ "$2" = --output-type ] && [ "$3" = json ] && [ -f "$4" ] || exit 100
echo "parsing ${canary}" >&2
${does}
`,
  );
  await chmod(program, 0o755);
}

function read(name: string, environment: { [name: string]: string | undefined } = {}): Promise<string> {
  const source = parseSource(name);
  if (source === null) throw new Error(`no source: ${name}`);
  const secrets = openSecrets({
    variable: () => undefined,
    vault: null,
    sopsEnvironment: () => sopsEnvironment({ PATH: `${folder}:/usr/bin:/bin`, ...environment }),
  });
  return secrets.read(source);
}

async function failureOf(reading: Promise<string>): Promise<SecretFailure & { whole: string }> {
  const error = await reading.then(
    () => Promise.reject(new Error('it was read')),
    (failure: SecretFailure) => failure,
  );
  return Object.assign(error, { whole: `${error.stack} ${String(error.cause)} ${JSON.stringify(error)}` });
}

const prints = (text: string) => `cat <<'END'\n${text}\nEND`;

describe('a secret in a file that sops opens', () => {
  it('is what stands at its keys', async () => {
    await sops(prints(JSON.stringify({ edr: { emea: { client_secret: canary } } })));
    expect(await read(`sops:${file}#edr.emea.client_secret`)).toBe(canary);
  });

  it('is read with the environment that sops needs, and no secret of ours', async () => {
    await sops(prints(JSON.stringify({ edr: canary })));
    const ours = { EDR_SECRET: 'x', DATABASE_URL: 'postgres://x', RIPOSTE_TOKEN: 'x', LD_PRELOAD: '/x.so' };
    await read(`sops:${file}#edr`, { ...ours, HOME: '/root', SOPS_AGE_KEY_FILE: '/keys', AWS_REGION: 'eu' });
    const environment = await readFile(join(folder, 'env'), 'utf8');
    expect(environment).toMatch(/^SOPS_AGE_KEY_FILE=\/keys$/m);
    expect(environment).toMatch(/^AWS_REGION=eu$/m);
    expect(environment).not.toMatch(/EDR_SECRET|DATABASE_URL|RIPOSTE|LD_PRELOAD/);
    expect(await readFile(join(folder, 'cwd'), 'utf8')).toBe('/\n');
  });

  it('has a name that no shell reads', async () => {
    const evil = join(folder, '$(touch hurt);`touch hurt` "x.yaml');
    await writeFile(evil, 'x');
    await sops(prints(JSON.stringify({ edr: canary })));
    expect(await read(`sops:${evil}#edr`)).toBe(canary);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['no key', 'exit 128', 'unavailable', 'could not get a key'],
    ['a file that was changed', 'exit 51', 'misconfigured', 'changed without sops'],
    ['any other status', 'exit 25', 'misconfigured', 'status 25'],
    ['a kill', 'kill -9 $$', 'unavailable', 'was ended'],
    ['no JSON', prints(`{"edr": ${canary}}`), 'misconfigured', 'no JSON'],
    ['no such key', prints(JSON.stringify({ other: canary })), 'misconfigured', 'no such key'],
    ['a key of every object', prints(JSON.stringify({})), 'misconfigured', 'no such key'],
    ['a map', prints(JSON.stringify({ edr: { x: canary } })), 'misconfigured', 'no text'],
    ['too much', `head -c 2000000 /dev/zero | tr '\\0' x`, 'misconfigured', 'more than a megabyte'],
  ])('says so, and repeats nothing that sops said: %s', async (what, does, code, said) => {
    await sops(does);
    const key = what === 'a key of every object' ? 'constructor' : 'edr';
    const failure = await failureOf(read(`sops:${file}#${key}`));
    expect(failure).toMatchObject({ code, message: expect.stringContaining(said) });
    expect(failure.whole).not.toContain(canary);
    expect(failure.message).not.toContain(folder);
  });

  it('says that there is no such program', async () => {
    const failure = await failureOf(read(`sops:${file}#edr`));
    expect(failure).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('no program "sops"'),
    });
  });

  it('is ended with all that it started when it never ends', async () => {
    await sops(`sleep 300 & echo $! > ${folder}/child; wait`);
    const failure = await failureOf(read(`sops:${file}#edr`));
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('did not end') });
    const child = Number(await readFile(join(folder, 'child'), 'utf8'));
    await expect.poll(() => isThere(child), { timeout: 10_000 }).toBe(false);
  }, 40_000);
});

/** A zombie that nobody has waited for yet is there no more. */
async function isThere(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}
