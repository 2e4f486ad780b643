/*
 * How a secret is named where one is wanted: by where it is, never by what it is. It knows no store; that is
 * `engine/runtime/secrets/`.
 */

export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** `mount` is the first part of what was written; the rest is the path below it. */
  | {
      readonly kind: 'vault';
      readonly mount: string;
      readonly path: readonly string[];
      readonly field: string;
    }
  | { readonly kind: 'sops'; readonly path: string; readonly keys: readonly string[] };

/** For messages about what belongs in a place. */
export const sourceForms =
  '"env:NAME", "file:/absolute/path", "vault:mount/path#field" or "sops:/absolute/path#key.key", never the secret itself';

/** Where it is, for the operator's log and terminal alone. */
export function placeOfSecret(source: SecretSource): string {
  switch (source.kind) {
    case 'env':
      return source.name;
    case 'file':
      return source.path;
    case 'vault':
      return `vault:${[source.mount, ...source.path].join('/')}#${source.field}`;
    case 'sops':
      return `${source.path}#${source.keys.join('.')}`;
  }
}

/** @returns null when it is none of the forms; it may then be the secret itself, so it is repeated nowhere */
export function parseSource(value: unknown): SecretSource | null {
  if (typeof value !== 'string') return null;
  const [, scheme = '', rest = ''] = /^(env|file|vault|sops):([^\0\r\n]+)$/.exec(value) ?? [];
  switch (scheme) {
    case 'env':
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? { kind: 'env', name: rest } : null;
    case 'file':
      return isPlainPath(rest) ? { kind: 'file', path: rest } : null;
    case 'vault':
      return parseVault(rest);
    case 'sops':
      return parseSops(rest);
    default:
      return null;
  }
}

function parseVault(text: string): SecretSource | null {
  const [where = '', field = '', ...more] = text.split('#');
  const [mount = '', ...path] = where.split('/');
  const whole = path.length > 0 && [mount, ...path].every((part) => segment.test(part));
  return whole && key.test(field) && more.length === 0 ? { kind: 'vault', mount, path, field } : null;
}

function parseSops(text: string): SecretSource | null {
  const at = text.lastIndexOf('#');
  const [path, keys] = [text.slice(0, at), text.slice(at + 1).split('.')];
  return at > 0 && isPlainPath(path) && keys.every((each) => key.test(each))
    ? { kind: 'sops', path, keys }
    : null;
}

/** Points stand between letters only: no `..`, and nothing that ends in one, which Vault refuses. */
const segment = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const key = /^[A-Za-z0-9_-]{1,128}$/;

/** From the root, and nothing in it that leads back out of a folder. */
function isPlainPath(text: string): boolean {
  const [, rest] = /^(?:\/|[A-Za-z]:[\\/])(.+)$/.exec(text) ?? [];
  return rest !== undefined && !rest.split(/[\\/]/).some((part) => /^\.{0,2}$/.test(part));
}
