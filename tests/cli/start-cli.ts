import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const root = join(import.meta.dirname, '../..');

/** Runs the real command in a process of its own, without a terminal and with only this environment. */
export function riposte(args: string[], env: Record<string, string>, stdin = '', cwd = root): Promise<Ended> {
  const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'api/cli/riposte.mjs'), ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', RIPOSTE_DATA: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
