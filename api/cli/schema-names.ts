import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../schemas');
const pattern = /^([a-z-]+?)(-v\d+)?\.schema\.json$/;

/** Every schema there is, without its version: `playbook`, `alert`, … */
export function schemaNames(): string[] {
  return schemaFiles().map(({ name }) => name);
}

export function schemaFile(name: string): string {
  return join(folder, schemaFiles().find((schema) => schema.name === name)?.file ?? name);
}

function schemaFiles(): { name: string; file: string }[] {
  return readdirSync(folder)
    .sort()
    .flatMap(
      (file) =>
        pattern
          .exec(file)
          ?.slice(1, 2)
          .map((name) => ({ name, file })) ?? [],
    );
}
