import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { placeOfSecret, type SecretSource } from '../../engine/core/secret/secret-source.ts';
import type { Secrets } from '../../engine/runtime/secrets/open-secrets.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import type { WebhookSecrets } from '../http/deps.ts';

/*
 * What a door cannot do without is there when it opens: a trigger whose secret is missing would take nothing, and
 * nobody could sign in through the provider. One after the other, so that of two with one secret the second is named.
 */

/** @throws StartError start/bad-config */
export async function expectWebhookSecrets(secrets: WebhookSecrets): Promise<void> {
  for (const [key, read] of secrets)
    await read().catch(
      refuse('RIPOSTE_WEBHOOKS', (met) => (met === null ? key : `${met}, named for ${key}`)),
    );
}

/** @throws StartError start/bad-config */
export async function expectOidcSecret(source: SecretSource, store: Secrets): Promise<void> {
  await store
    .read(source)
    .catch(
      refuse(
        'RIPOSTE_OIDC',
        (met) => `the client's secret (${placeOfSecret(source)}${met === null ? '' : `; ${met}`})`,
      ),
    );
}

function refuse(variable: string, which: (met: string | null) => string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof SecretFailure)) throw error;
    throw new StartError('start/bad-config', `${variable}: ${which(error.met)}: ${error.message}`);
  };
}
