import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { createVault, type VaultSettings } from '../../engine/runtime/secrets/ask-vault.ts';
import { openSecrets, type Secrets, type SecretWays } from '../../engine/runtime/secrets/open-secrets.ts';

/** Every way to a secret that this process has, and what it holds open. */
export function openSecretWays(
  vault: VaultSettings | null,
  ways: Omit<SecretWays, 'vault'>,
  never: readonly string[],
): { secrets: Secrets; close(): Promise<void> } {
  if (vault === null) return { secrets: openSecrets({ ...ways, vault: null }), close: async () => undefined };
  // The operator has named it, so its own address may be a private one.
  const http = createHttp({
    allow: [vault.address],
    never,
    connections: 4,
    ...(vault.authority !== null && { authority: vault.authority }),
  });
  // What opens the store does not lie in it.
  const local = openSecrets({ ...ways, vault: null });
  const ask = createVault(http, vault, local.read, () => performance.now());
  return { secrets: openSecrets({ ...ways, vault: ask }), close: () => http.close() };
}
