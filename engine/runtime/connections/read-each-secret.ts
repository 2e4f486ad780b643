import type { Connection } from '../../core/contracts/action.ts';
import type { SecretLook } from '../../core/contracts/probe.ts';
import { failureOfSecret } from '../../core/contracts/secret.ts';

/** With their looks they stay far below what a row takes. A chat has one for each channel. */
const secretsMax = 200;

/** Reads each secret that a connection names and lets it go: what stays is whether it could be read. */
export function readEachSecret(connection: Connection): Promise<SecretLook[]> {
  const named = Object.entries(connection.secrets ?? {}).slice(0, secretsMax);
  return Promise.all(
    named.map(async ([name, from]) => ({
      name: name.slice(0, 128),
      from,
      failure: await connection.secret(name).then(
        () => null,
        (error: unknown) => failureOfSecret(error, { connection: connection.id, name }),
      ),
    })),
  );
}
