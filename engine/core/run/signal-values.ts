import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { boundKey } from '../intake/bound-key.ts';

/**
 * The scalars at a path of a signal as texts, each once: what the key of a wait is compared with
 * (`WaitStep.wait.key`). Behind `[]` stands every item of a list, of a map every name, as `exists` walks them.
 */
export function signalValues(signal: JsonObject, path: string): string[] {
  let found: Json[] = [signal];
  for (const piece of path.split('.')) {
    const name = piece.replaceAll('[]', '');
    found = found.flatMap((value) =>
      isJsonObject(value) && Object.hasOwn(value, name) ? [value[name] as Json] : [],
    );
    for (let depth = piece.split('[]').length; depth > 1; depth--) found = found.flatMap(itemsOf);
  }
  return [...new Set(found.filter(isScalar).map((value) => signalKey(String(value))))];
}

/** A value as it is indexed and written down: itself, or its digest when it is too long for either. */
export function signalKey(value: string): string {
  return boundKey(value);
}

function itemsOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.keys(value) : [];
}

function isScalar(value: Json): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
