import { posix } from 'node:path';

/** Where an import leads: a file of this repository, a package, or a module of the runtime. */
export type Target =
  | { kind: 'file'; path: string }
  | { kind: 'package'; name: string }
  | { kind: 'builtin'; name: string }
  /** A form that hides where it leads: `#alias`, `/absolute`, `file:`, `data:`. */
  | { kind: 'hidden' };

export function resolveImport(from: string, specifier: string): Target {
  if (specifier.startsWith('./') || specifier.startsWith('../') || specifier === '.' || specifier === '..') {
    const plain = specifier.replace(/[?#].*$/, '');
    return { kind: 'file', path: posix.normalize(posix.join(posix.dirname(from), plain)) };
  }
  if (specifier.startsWith('node:')) return { kind: 'builtin', name: specifier };
  if (/^[#/]|^[a-z]+:/.test(specifier)) return { kind: 'hidden' };
  const [first = '', second = ''] = specifier.split('/');
  return { kind: 'package', name: first.startsWith('@') ? `${first}/${second}` : first };
}
