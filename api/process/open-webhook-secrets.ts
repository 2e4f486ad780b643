import { createHash } from 'node:crypto';
import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { placeOfSecret, type SecretSource } from '../../engine/core/secret/secret-source.ts';
import { readSecrets } from '../../engine/runtime/outward/sign-message.ts';
import type { Secrets } from '../../engine/runtime/secrets/open-secrets.ts';
import { webhookKey } from '../http/admit-signed.ts';
import type { WebhookSecrets } from '../http/deps.ts';
import type { WebhookConfig } from './read-webhooks.ts';

/**
 * The secrets of signed triggers, read when a message comes. No two triggers have one: the address is not signed, so
 * what is sent to one would pass at the other. An exchange can bring that about at any time, so what each had when it was
 * last read is kept, as a digest.
 */
export function openWebhookSecrets(configured: readonly WebhookConfig[], store: Secrets): WebhookSecrets {
  const sources = new Map(
    configured.map(({ playbook, trigger, secrets }) => [webhookKey(playbook, trigger), secrets] as const),
  );
  const seen = new Map<string, readonly string[]>();

  async function readOwn(key: string): Promise<readonly Buffer[]> {
    const read = (sources.get(key) ?? []).map((source) => readOne(source, store));
    const found = (await Promise.all(read)).flat();
    seen.set(
      key,
      found.map((secret) => createHash('sha256').update(secret).digest('hex')),
    );
    return found;
  }

  function sharer(key: string): string | undefined {
    const own = seen.get(key) ?? [];
    return [...seen].find(
      ([other, digests]) => other !== key && digests.some((each) => own.includes(each)),
    )?.[0];
  }

  async function readAlone(key: string): Promise<readonly Buffer[]> {
    const found = await readOwn(key);
    const other = sharer(key);
    if (other === undefined) return found;
    // It may have another one by now, unread because no message came there. Unreadable, it is taken to have the same.
    await readOwn(other).catch(() => undefined);
    if (sharer(key) === undefined) return found;
    throw new SecretFailure('misconfigured', `it has a secret that ${other} has as well; give each its own.`);
  }

  return new Map([...sources.keys()].map((key) => [key, () => readAlone(key)]));
}

async function readOne(source: SecretSource, store: Secrets): Promise<Buffer[]> {
  try {
    const found = readSecrets(await store.read(source));
    if (found !== null) return found;
    throw new SecretFailure('misconfigured', 'it has to hold "whsec_" and 24 to 64 random bytes in base64.');
  } catch (error) {
    if (!(error instanceof SecretFailure)) throw error;
    const met = error.met === null ? '' : ` (${error.met})`;
    throw new SecretFailure(error.code, error.message, `${placeOfSecret(source)}${met}`);
  }
}
