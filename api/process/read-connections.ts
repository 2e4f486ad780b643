import { parseSource, type SecretSource, sourceForms } from '../../engine/core/secret/secret-source.ts';
import { readJsonFile } from './read-json-file.ts';

/** Where a system is reached. Secrets are named, never written: they are read by the worker when it needs them. */
export interface ConnectionConfig {
  readonly id: string;
  readonly system: string;
  readonly settings: { readonly [name: string]: string };
  readonly secrets: { readonly [name: string]: SecretSource };
}

const form =
  '{"connections": [{"id": "emea", "system": "edr", "settings": {"baseUrl": "https://…"}, "secrets": {"clientSecret": "env:EDR_SECRET"}}]}';

type Answer<T> = { value: T } | { write: string };

/**
 * The connections of a JSON file. `write` names the place in the file and what belongs there; a value
 * that stands where a reference to a secret belongs is never repeated, as it may be the secret.
 */
export function readConnections(
  path: string,
  readText: (path: string) => string,
): Answer<readonly ConnectionConfig[]> {
  const json = readJsonFile(path, readText, form);
  if ('write' in json) return json;
  const file = json.value;
  const list = isMap(file) && Object.keys(file).join() === 'connections' ? file.connections : null;
  if (!Array.isArray(list)) return { write: `the path of a file like ${form}` };
  const found: ConnectionConfig[] = [];
  for (const [index, entry] of list.entries()) {
    const answer = readConnection(entry);
    if ('write' in answer) return { write: `in ${path}, connection ${index + 1}: ${answer.write}` };
    const twice = found.some((each) => each.system === answer.value.system && each.id === answer.value.id);
    if (twice)
      return { write: `in ${path}, connection ${index + 1}: an id that its system does not have yet` };
    found.push(answer.value);
  }
  return { value: found };
}

function readConnection(entry: unknown): Answer<ConnectionConfig> {
  if (!isMap(entry)) return { write: 'an object' };
  const fields = ['id', 'system', 'settings', 'secrets'];
  const unknown = Object.keys(entry).find((name) => !fields.includes(name));
  if (unknown !== undefined) return { write: `only ${fields.join(', ')}, not "${unknown}"` };
  const { id, system, settings = {}, secrets = {} } = entry;
  const name = /^[a-z][a-z0-9-]{0,63}$/;
  if (typeof id !== 'string' || !name.test(id))
    return { write: '"id": lower-case letters, digits and hyphens' };
  if (typeof system !== 'string' || !name.test(system)) return { write: '"system": such as "edr"' };
  if (!isMap(settings) || !isMap(secrets)) return { write: '"settings" and "secrets" as objects of texts' };
  const texts: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(settings)) {
    if (typeof value !== 'string') return { write: `"settings"."${key}" as a text in quotes` };
    texts[key] = value;
  }
  const sources: Record<string, SecretSource> = Object.create(null);
  for (const [key, value] of Object.entries(secrets)) {
    const source = parseSource(value);
    if (source === null) {
      return { write: `"secrets"."${key}" as ${sourceForms}` };
    }
    sources[key] = source;
  }
  return { value: { id, system, settings: { ...texts }, secrets: { ...sources } } };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
