import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { failureOfSecret, SecretFailure } from '../../engine/core/contracts/secret.ts';
import { parseSource, type SecretSource } from '../../engine/core/secret/secret-source.ts';
import { followVariable } from '../../engine/runtime/secrets/follow-variable.ts';
import { openSecrets } from '../../engine/runtime/secrets/open-secrets.ts';
import { madeSecrets } from '../support/made-secrets.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const canary = 'canary-of-the-file';
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

async function failureOf(reading: Promise<string>): Promise<SecretFailure> {
  return await reading.then(
    () => Promise.reject(new Error('it was read')),
    (failure: SecretFailure) => failure,
  );
}

describe('the name of a secret', () => {
  it.each([
    ['env:EDR_SECRET', { kind: 'env', name: 'EDR_SECRET' }],
    ['file:/run/secrets/edr.pem', { kind: 'file', path: '/run/secrets/edr.pem' }],
    ['file:/run/..data/edr', { kind: 'file', path: '/run/..data/edr' }],
    [
      'vault:kv/soc/edr.emea#client_secret',
      { kind: 'vault', mount: 'kv', path: ['soc', 'edr.emea'], field: 'client_secret' },
    ],
    ['sops:/etc/x#y.yaml#edr.key', { kind: 'sops', path: '/etc/x#y.yaml', keys: ['edr', 'key'] }],
  ])('is read: %s', (text, source) => {
    expect(parseSource(text)).toEqual(source);
  });

  it.each([
    'env:',
    'env:A-B',
    'env:A\nB',
    'file:secrets/edr',
    'file:/run/secrets/../../etc/shadow',
    'file:/run/./edr',
    'file:/run//edr',
    'file:/run/secrets/',
    'file:/run/\0edr',
    'vault:kv#x',
    'vault:kv/a',
    'vault:kv/a#',
    'vault:kv/a#b#c',
    'vault:kv/../sys/raw#x',
    'vault:kv/a/..#x',
    'vault:kv/a.#x',
    'vault:kv//a#x',
    'vault:/kv/a#x',
    'vault:kv/a%2f..#x',
    'vault:kv/a?version=1#x',
    'vault:kv/a b#x',
    'vault:kv/a#x\r\nX-Vault-Token: y',
    'sops:secrets.yaml#x',
    'sops:/etc/secrets.yaml',
    'sops:/etc/../secrets.yaml#x',
    'sops:/etc/secrets.yaml#',
    'sops:/etc/secrets.yaml#a..b',
    'sops:/etc/secrets.yaml#["a"]',
    'whsec_aGVsbG8=',
    'http://vault.example/x',
    'File:/run/edr',
    '',
    7,
    null,
  ])('is none: %j', (text) => {
    expect(parseSource(text)).toBeNull();
  });
});

describe('a file', () => {
  const source = (name: string): SecretSource => ({ kind: 'file', path: join(folder, name) });

  it('is read each time, also as Kubernetes exchanges it: by a link that is put in its place', async () => {
    for (const [name, text] of [
      ['one', 'first'],
      ['two', 'second'],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'secret'), `${text}\n`);
    }
    await symlink('one', join(folder, '..data'));
    await symlink('..data/secret', join(folder, 'secret'));
    const secrets = madeSecrets();
    expect(await secrets.read(source('secret'))).toBe('first');
    await symlink('two', join(folder, '..next'));
    await rename(join(folder, '..next'), join(folder, '..data'));
    expect(await secrets.read(source('secret'))).toBe('second');
  });

  it.each([
    ['that is not there', () => undefined, 'is not there'],
    ['that is a folder', (path: string) => mkdir(path), 'no plain file'],
    [
      'that is a pipe to which nobody writes',
      (path: string) => execFileSync('mkfifo', [path]),
      'no plain file',
    ],
    ['that is empty', (path: string) => writeFile(path, ' \n'), 'it is empty'],
    [
      'that is no text',
      (path: string) => writeFile(path, Buffer.from([0xff, 0xfe, 0x80])),
      'no text in UTF-8',
    ],
    ['that is too long', (path: string) => writeFile(path, canary.repeat(10_000)), 'longer than 65536 bytes'],
  ])('%s is misconfigured, and its path is not told', async (_, make, said) => {
    await make(join(folder, 'secret'));
    const failure = await failureOf(madeSecrets().read(source('secret')));
    expect(failure).toMatchObject({ code: 'misconfigured', message: expect.stringContaining(said) });
    expect(`${failure.stack} ${String(failure.cause)}`.replaceAll(import.meta.dirname, '')).not.toContain(
      folder,
    );
    expect(JSON.stringify(failure)).not.toContain('canary');
  });
});

describe('a store', () => {
  const source = parseSource('vault:kv/a#b') as SecretSource;

  it('is asked once by all together, and again when its answer is no longer kept', async () => {
    const values = ['first', 'second'];
    let asked = 0;
    const secrets = openSecrets({
      variable: () => undefined,
      sopsEnvironment: () => ({}),
      vault: async () => values[asked++] ?? 'more',
      keptMs: 200,
    });
    const both = await Promise.all([secrets.read(source), secrets.read(source)]);
    expect(both).toEqual(['first', 'first']);
    await expect.poll(() => secrets.read(source), { timeout: 10_000 }).toBe('second');
  });

  it('that fails is told to the log once, with its place, until it answers again', async () => {
    const told: string[] = [];
    const answers = ['down', 'down', 'value', 'down'];
    const secrets = openSecrets({
      variable: () => undefined,
      sopsEnvironment: () => ({}),
      vault: () => Promise.resolve().then(() => said(answers.shift())),
      keptMs: 0,
      restMs: 0,
      lost: (place, { message }) => told.push(`${place}: ${message}`),
    });
    const said = (word = '') => {
      if (word === 'down') throw new SecretFailure('unavailable', 'Vault answered 503.');
      return word;
    };
    for (let n = 0; n < 4; n++) await secrets.read(source).catch(() => null);
    expect(told).toEqual(['vault:kv/a#b: Vault answered 503.', 'vault:kv/a#b: Vault answered 503.']);
  });

  it('that is not named anywhere is misconfigured', async () => {
    expect((await failureOf(madeSecrets().read(source))).message).toContain('RIPOSTE_VAULT');
  });
});

describe('what a failure means to an attempt', () => {
  it('a store that is down is tried again, and the secret is named as the connection names it', async () => {
    const down = openSecrets({
      variable: () => undefined,
      sopsEnvironment: () => ({}),
      vault: () =>
        Promise.reject(
          new SecretFailure(
            'unavailable',
            'Vault answered 503: it is sealed or down for maintenance.',
            'GET vault:8200',
          ),
        ),
    });
    const error = await failureOf(down.read(parseSource('vault:kv/hidden-place#b') as SecretSource));
    const failure = failureOfSecret(error, { connection: 'emea', name: 'client_secret' });
    expect(failure).toEqual({
      code: 'unavailable',
      kind: 'retryable',
      message:
        'The secret "client_secret" of connection "emea" cannot be read: Vault answered 503: it is sealed or down for maintenance.',
    });
  });

  it('an error of another kind is dropped whole', () => {
    const failure = failureOfSecret(new Error(canary), { connection: 'emea', name: 'x' });
    expect(failure).toMatchObject({ code: 'misconfigured', kind: 'terminal' });
    expect(JSON.stringify(failure)).not.toContain(canary);
  });
});

describe('the variable of a stream', () => {
  it('holds the secret, or says where it is; what it says is not followed further', async () => {
    const path = join(folder, 'stream');
    await writeFile(path, 'file:/etc/hostname');
    const secrets = madeSecrets({ STREAM_SECRET_A: 'whsec_abc', STREAM_SECRET_B: `file:${path}` });
    expect(await followVariable(secrets, 'STREAM_SECRET_A')).toBe('whsec_abc');
    expect(await followVariable(secrets, 'STREAM_SECRET_B')).toBe('file:/etc/hostname');
    expect((await failureOf(followVariable(secrets, 'STREAM_SECRET_C'))).message).toContain('not set');
  });
});
