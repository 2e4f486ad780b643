import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { boundKey } from '../intake/bound-key.ts';

/**
 * The scalars at a path of a signal, each once: what the key of a wait (`WaitStep.wait.key`) is compared with, both as
 * `boundKey` makes them. Behind `[]` stands every item of a list.
 */
export function signalValues(signal: JsonObject, path: string): string[] {
  let found: Json[] = [signal];
  for (const piece of path.split('.')) {
    const isList = piece.endsWith('[]');
    const name = isList ? piece.slice(0, -'[]'.length) : piece;
    found = found.flatMap((value) =>
      isJsonObject(value) && Object.hasOwn(value, name) ? [value[name] as Json] : [],
    );
    if (isList) found = found.flatMap((value) => (Array.isArray(value) ? value : []));
  }
  return [...new Set(found.filter(isScalar).map((value) => boundKey(String(value))))];
}

function isScalar(value: Json): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
