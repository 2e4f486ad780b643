import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { riposte } from './start-cli.ts';

/* Completion in a real bash: what a tab after these words would offer. */

const root = join(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'riposte-completion-'));
afterAll(() => rm(folder, { recursive: true }));

await mkdir(join(folder, 'bin'));
await mkdir(join(folder, 'playbooks/mail'), { recursive: true });
const program = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'api/cli/riposte.ts')}" "$@"\n`;
await writeFile(join(folder, 'bin/riposte'), program);
await chmod(join(folder, 'bin/riposte'), 0o755);
await writeFile(
  join(folder, 'playbooks/mail/half-written.yaml'),
  'id: half-written\ntitle: "Half \u001b[31mwritten"\ntriggers:\n  - id: new_mail\n    type: alert.created\n  - { id: by_hand, type: manual }\nsteps:\n  - id: [\n',
);
await writeFile(join(folder, 'alert one.json'), '{}');
await writeFile(join(folder, 'riposte.bash'), (await riposte(['completion', 'bash'], {})).stdout);

/** Sets what bash sets when tab is pressed at the end of these words, and prints what it would offer. */
function tabAfter(...words: string[]): Promise<string[]> {
  const quoted = ['riposte', ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const lines = [
    'source riposte.bash',
    `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}`,
    // As bash does: the function that was registered for the command.
    'handler=$(complete -p riposte); handler=${handler#*-F }; "${handler%% *}"',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const child = spawn('bash', ['--norc', '-c', lines.join('\n')], {
    cwd: folder,
    env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, wrong] = ['', ''];
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  child.stderr.on('data', (chunk) => (wrong += String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      if (wrong === '') resolve(said.split('\n').filter((line) => line !== ''));
      else reject(new Error(wrong));
    });
  });
}

describe('a tab in bash', () => {
  it('offers the commands, and those that begin like it', async () => {
    const all = await tabAfter('');
    expect(all).toEqual(expect.arrayContaining(['new', 'check', 'test', 'graph', 'publish', 'audit']));
    expect(all).not.toContain('__complete');
    expect(await tabAfter('comp')).toEqual(['completion']);
    expect(await tabAfter('audit', 'ver')).toEqual(['verify']);
  });

  it('offers the options of a command and the choices of an option', async () => {
    expect(await tabAfter('test', '--co')).toEqual(['--coverage']);
    expect(await tabAfter('check', '--fo')).toEqual(['--format']);
    expect(await tabAfter('check', '--format', '')).toEqual(
      expect.arrayContaining(['text', 'sarif', 'junit']),
    );
    expect(await tabAfter('new', 'some-name', '--from', 'r')).toEqual(['ransomware']);
    expect(await tabAfter('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers ids of playbooks and triggers from the folder, also of a playbook that is half written', async () => {
    expect(await tabAfter('runs', '--playbook', '')).toEqual(['half-written']);
    expect(await tabAfter('run', 'half')).toEqual(['half-written']);
    expect(await tabAfter('run', 'half-written', '--trigger', '')).toEqual(['new_mail', 'by_hand']);
  });

  it('offers codes and schemas by name', async () => {
    expect(await tabAfter('explain', 'compile/unknown-s')).toEqual(['compile/unknown-step']);
    expect(await tabAfter('schema', 'playb')).toEqual(['playbook']);
  });

  it('offers files where files are meant, blanks in their names included', async () => {
    expect(await tabAfter('check', 'play')).toEqual(['playbooks']);
    expect(await tabAfter('run', 'half-written', '--alert', 'alert')).toEqual(['alert one.json']);
    expect(await tabAfter('runs', 'play')).toEqual([]);
  });
});

test('what a playbook calls itself cannot write to the terminal', async () => {
  const { stdout } = await riposte(['__complete', '--', 'run', 'half'], {}, '', folder);
  expect(stdout).toContain('half-written\t');
  expect(stdout).not.toContain('\u001b');
});

test('each shell gets a script, another one a usage error', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await riposte(['completion', shell], {});
    expect(code).toBe(0);
    expect(stdout).toContain('__complete');
  }
  expect(await riposte(['completion', 'csh'], {})).toMatchObject({ code: 2, stdout: '' });
});
