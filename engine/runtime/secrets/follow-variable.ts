import { parseSource } from '../../core/secret/secret-source.ts';
import type { Secrets } from './open-secrets.ts';

/**
 * Streams name a variable, and they are made over the API. What stands in it is the operator's: the secret itself, or
 * where it is. So nobody who may make a stream can have us read a file.
 * @throws SecretFailure
 */
export async function followVariable(secrets: Secrets, name: string): Promise<string> {
  const text = await secrets.read({ kind: 'env', name });
  const source = parseSource(text);
  return source === null ? text : await secrets.read(source);
}
