import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whoever got the folder: Node, and nothing of ours but what lies in it. */
export function stranger(where: string, ...args: string[]): Promise<{ code: number; stdout: string }> {
  const node = join(import.meta.dirname, '../../node_modules/.bin/node');
  return new Promise((resolve) => {
    execFile(
      node,
      [join(where, 'verify-bundle.ts'), ...args],
      { cwd: tmpdir(), env: {} },
      (error, stdout) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout });
      },
    );
  });
}
