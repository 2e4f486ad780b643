import { SecretFailure } from '../../core/contracts/secret.ts';
import { placeOfSecret, type SecretSource } from '../../core/secret/secret-source.ts';
import { createKeep } from './keep-answers.ts';
import { readSecretFile, secretBytesMax } from './read-secret-file.ts';
import { decryptedBySops } from './run-sops.ts';

/*
 * The one place where a secret is read. What it is stays with whoever asked: it is in no plan, job, entry, log or
 * error. A variable and a file are read each time; a store is asked once a minute at most, by all together.
 */

export interface Secrets {
  /** @throws SecretFailure, in words that hold neither the value nor where it would be */
  read(source: SecretSource): Promise<string>;
}

export interface SecretWays {
  /** A variable of this process. */
  variable(name: string): string | undefined;
  /** Null: none is configured. */
  vault: ((source: VaultSource) => Promise<string>) | null;
  /** What the program `sops` is given of our environment. */
  sopsEnvironment(): { [name: string]: string };
  /** Told once until it can be read again: for the operator's log, which alone learns the place. */
  lost?(place: string, failure: SecretFailure): void;
  /** Of what a store answered; a minute, so that an exchange counts within one. */
  keptMs?: number;
  /** Of a failure; two seconds. */
  restMs?: number;
}

export type VaultSource = Extract<SecretSource, { kind: 'vault' }>;

const keptMs = 60_000;
const restMs = 2_000;

export function openSecrets(ways: SecretWays): Secrets {
  const keep = createKeep();
  const asked = { answerMs: ways.keptMs ?? keptMs, failureMs: ways.restMs ?? restMs };
  const lost = new Set<string>();

  async function ask(source: SecretSource, key: string): Promise<string | undefined> {
    switch (source.kind) {
      case 'env':
        return ways.variable(source.name);
      case 'file':
        return await keep(key, { answerMs: 0, failureMs: 0 }, () => readSecretFile(source.path));
      case 'vault': {
        const { vault } = ways;
        if (vault === null) throw new SecretFailure('misconfigured', 'no Vault is named in RIPOSTE_VAULT.');
        return await keep(key, asked, () => vault(source));
      }
      case 'sops':
        return await keep(key, asked, () =>
          decryptedBySops(source.path, source.keys, ways.sopsEnvironment()),
        );
    }
  }

  return {
    async read(source) {
      const key = JSON.stringify(source);
      try {
        const value = usable(await ask(source, key));
        lost.delete(key);
        return value;
      } catch (error) {
        if (error instanceof SecretFailure && !lost.has(key)) {
          lost.add(key);
          ways.lost?.(placeOfSecret(source), error);
        }
        throw error;
      }
    },
  };
}

function usable(text: string | undefined): string {
  if (text === undefined) throw new SecretFailure('misconfigured', 'the variable that it names is not set.');
  const value = text.trim();
  if (value === '') throw new SecretFailure('misconfigured', 'it is empty.');
  if (Buffer.byteLength(value) > secretBytesMax)
    throw new SecretFailure('misconfigured', `it is longer than ${secretBytesMax} bytes.`);
  return value;
}
