import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import type { WebhookSecrets } from '../http/deps.ts';
import { NotReady } from '../http/not-ready.ts';
import type { Asides } from '../http/readiness.ts';
import type { SignInOptions } from './open-sign-in.ts';

/** Secrets of the doors that cannot be read now. Everybody may ask, so they are counted; the log has the places. */
export function secretAsides(webhooks: WebhookSecrets | undefined, oidc: SignInOptions['oidc']): Asides {
  return {
    ...(webhooks !== undefined && webhooks.size > 0 && { 'webhook-secrets': () => expectAll(webhooks) }),
    ...(oidc !== null && {
      'sign-in-secret': () =>
        oidc.secret().catch((cause: unknown) => {
          throw new NotReady("the client's secret cannot be read", { cause });
        }),
    }),
  };
}

async function expectAll(webhooks: WebhookSecrets): Promise<void> {
  const ends = await Promise.allSettled([...webhooks.values()].map((read) => read()));
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (failed.length === 0) return;
  const where = failed.map((error) =>
    error instanceof SecretFailure ? `${error.met ?? ''} ${error.message}` : '',
  );
  throw new NotReady(`auth/secret-unreadable: ${failed.length} of ${ends.length} triggers`, {
    cause: new Error(where.join('; ')),
  });
}
