import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Where an editor finds one of these schemas from a file: in the `schemas/` folder beside the project,
 * nearest first, then in the order of the names; without any, the published address of the last.
 */
export function schemaNear(file: string, names: readonly string[]): string {
  const from = dirname(resolve(file));
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of names) {
      const candidate = join(folder, 'schemas', name);
      if (existsSync(candidate)) return relative(from, candidate).replaceAll('\\', '/');
    }
    if (dirname(folder) === folder) return `https://riposte.dev/schemas/${names.at(-1) ?? ''}`;
  }
}
