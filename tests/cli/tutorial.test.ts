import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

/*
 * playbooks/TUTORIAL.md, typed line by line: each `sh` block runs in bash in a folder of its own, and the
 * `text` block after it has to be what is shown, line by line; `…` stands for what is left out.
 */

const root = join(import.meta.dirname, '../..');
const tutorial = await readFile(join(root, 'playbooks/TUTORIAL.md'), 'utf8');
const folder = await mkdtemp(join(tmpdir(), 'riposte-tutorial-'));

interface Block {
  commands: string;
  expected: string[];
  exitCode: number;
}

const blocks: Block[] = [...tutorial.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
  ([, commands = '', shown = '']) => {
    const lines = shown.trimEnd().split('\n');
    const end = /^\[ends with (\d)\]$/.exec(lines.at(-1) ?? '');
    return {
      commands,
      expected: (end === null ? lines : lines.slice(0, -1)).filter((line) => line !== ''),
      exitCode: Number(end?.[1] ?? 0),
    };
  },
);

const port = await freePort();
const env = {
  PATH: `${folder}/bin${delimiter}${process.env.PATH ?? ''}`,
  HOME: process.env.HOME ?? '/',
  RIPOSTE_DATA: join(folder, 'data'),
  RIPOSTE_PORT: String(port),
  RIPOSTE_URL: `http://127.0.0.1:${port}`,
  RIPOSTE_LOG_LEVEL: 'error',
};

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

let server: ChildProcess | undefined;
let all = '';

afterAll(async () => {
  if (server?.exitCode === null) {
    const gone = new Promise((resolve) => server?.once('close', resolve));
    server.kill('SIGTERM');
    await gone;
  }
  await rm(folder, { recursive: true });
});

/** What is behind `npm start`, until it answers and its people have their tokens. */
async function startServer(): Promise<void> {
  const program = join(root, 'api/process/start.ts');
  server = spawn(process.execPath, ['--disable-warning=DeprecationWarning', program], { cwd: root, env });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  for (let looked = 0; looked < 900 && !said.includes('● alert'); looked += 1) {
    if (server.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(said).toContain('● alert');
}

function typed(commands: string): Promise<{ code: number | null; screen: string }> {
  const child = spawn('bash', ['-e', '-c', commands], { cwd: folder, env });
  let screen = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (screen += String(chunk)));
  child.stdin.end();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, screen }));
  });
}

/** The reader takes ids from the screen: the question about this host, the run started last. */
function withIds(commands: string): string {
  const approval = /(apr_[0-9a-z]+) .*ws-0244/.exec(all)?.[1] ?? 'apr_none';
  return commands
    .replace('approve <id>', `approve ${approval}`)
    .replace(
      /(riposte runs .*)\nriposte runs <id>/,
      'id=$($1 --json | grep -o "run_[0-9a-z]*" | head -1)\n$1\nriposte runs "$id"',
    );
}

/** Whether the expected lines stand on the screen in this order. */
function missing(expected: readonly string[], screen: string): string | null {
  const lines = screen.split('\n').map((line) => line.trimEnd());
  let at = 0;
  for (const line of expected.filter((each) => each !== '…')) {
    const pattern = new RegExp(
      `^${line
        .split(/\s*…\s*/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    );
    const found = lines.findIndex((each, index) => index >= at && pattern.test(each));
    if (found === -1) return line;
    at = found + 1;
  }
  return null;
}

describe('the tutorial', () => {
  test('has commands, and every sh block that shows something is followed by what it shows', () => {
    expect(blocks.length).toBeGreaterThan(10);
    expect(blocks.filter(({ expected }) => expected.length > 0).length).toBeGreaterThan(9);
    expect(blocks.some(({ commands }) => commands.trim() === 'npm start')).toBe(true);
  });

  test('works as it is written, command by command', { timeout: 240_000 }, async () => {
    const shim = join(folder, 'bin/riposte');
    await typed('mkdir -p bin');
    await writeFile(
      shim,
      `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'api/cli/riposte.ts')}" "$@"\n`,
    );
    await chmod(shim, 0o755);
    for (const { commands, expected, exitCode } of blocks) {
      if (commands.trim() === 'npm start') {
        await startServer();
        continue;
      }
      let ended = await typed(withIds(commands));
      // A run takes a moment; looking again is what a reader does. Only looking is repeated.
      const look = commands.trim().split('\n').at(-1) ?? '';
      const looks = /^riposte (approvals|runs)/.test(look);
      for (let again = 0; looks && again < 60 && missing(expected, ended.screen) !== null; again += 1) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        ended = await typed(withIds(commands.replace(/^riposte alerts send.*\n/m, '')));
      }
      all += ended.screen;
      expect({ commands, code: ended.code }, ended.screen).toEqual({ commands, code: exitCode });
      expect(missing(expected, ended.screen), `${commands}\n${ended.screen}`).toBeNull();
    }
  });
});
