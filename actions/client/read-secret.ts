import type { Connection, Failure } from '../../engine/core/contracts/action.ts';
import { failureOfSecret } from '../../engine/core/contracts/secret.ts';

/** A secret of the connection, at the last moment; a store that is down is a reason to try again. */
export async function readSecret(
  connection: Connection,
  name: string,
): Promise<{ ok: true; value: string } | { ok: false; failure: Failure }> {
  try {
    return { ok: true, value: await connection.secret(name) };
  } catch (error) {
    return { ok: false, failure: failureOfSecret(error, { connection: connection.id, name }) };
  }
}
