import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { riposte } from './start-cli.ts';

const root = join(import.meta.dirname, '../..');
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'riposte-new-'));
  folders.push(folder);
  return folder;
}

const inside = (folder: string, args: string[]) => riposte(args, {}, '', folder);

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

describe.each(['phishing', 'ransomware', 'user', 'blank'])('riposte new --from %s', (template) => {
  test('writes a playbook and cases that pass check, fmt and test as they are', async () => {
    const folder = await scratch();
    const made = await inside(folder, [
      'new',
      'acme-answer',
      '--from',
      template,
      '--owner',
      'group:acme',
      '--yes',
    ]);
    expect(made.code, made.stderr).toBe(0);
    const [file = '', cases = ''] = made.stdout.trim().split('\n');
    expect(cases).toBe(file.replace('.yaml', '.cases.yaml'));
    expect(await readFile(join(folder, file), 'utf8')).toContain('\nid: acme-answer\n');
    for (const text of [file, cases]) {
      expect(await readFile(join(folder, text), 'utf8')).not.toContain('soc-tier2');
    }
    const next = /Next:\n((?: {2}riposte .*\n)+)/.exec(made.stderr)?.[1]?.trim().split('\n') ?? [];
    expect(next).toHaveLength(3);
    for (const line of next) {
      const ended = await inside(folder, line.trim().split(' ').slice(1));
      expect(ended.code, `${line}\n${ended.stdout}${ended.stderr}`).toBe(0);
    }
    expect(await inside(folder, ['check', '--prove', '--strict', file])).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(await inside(folder, ['fmt', '--check', file, cases])).toMatchObject({ code: 0, stdout: '' });
    const least = ['--coverage', '--min', 'branches=90', '--min', 'approvals=100'];
    const tested = await inside(folder, ['test', ...least, file]);
    expect(tested.code, tested.stdout).toBe(0);
    expect(tested.stderr).toMatch(/^[1-9]\d* passed, 0 failed$/m);
  });
});

describe('riposte new', () => {
  test('overwrites nothing and leaves nothing half done', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'playbooks/new'), { recursive: true });
    await writeFile(join(folder, 'playbooks/new/new-one.cases.yaml'), 'mine: yes\n');
    const refused = await inside(folder, ['new', 'new-one']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('new-one.cases.yaml is there already');
    expect(await filesUnder(folder)).toEqual(['new-one.cases.yaml']);
    expect(await readFile(join(folder, 'playbooks/new/new-one.cases.yaml'), 'utf8')).toBe('mine: yes\n');
  });

  test('refuses an id that another playbook of the library has', async () => {
    const folder = await scratch();
    expect((await inside(folder, ['new', 'acme-one', '--dir', 'playbooks/a'])).code).toBe(0);
    const again = await inside(folder, ['new', 'acme-one', '--dir', 'playbooks/b']);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('playbooks/a/acme-one.yaml has the id "acme-one" already');
  });

  test('without a terminal it asks nothing, says what it took, and a missing name is wrong usage', async () => {
    const folder = await scratch();
    const unnamed = await inside(folder, ['new', '--from', 'user']);
    expect(unnamed).toMatchObject({ code: 2, stdout: '' });
    expect(unnamed.stderr).toContain('riposte new phishing-quarantine-mail --from phishing');
    const made = await inside(folder, ['new', 'acme-two']);
    expect(made.stderr).toContain('Not said, so: template "blank", title');
    expect(made.stderr).toContain('owner "group:soc-tier2"');
  });

  test.each([
    [['Acme_One'], 'small letters'],
    [['acme-playbook'], 'Leave the word'],
    [['acme', '--owner', 'acme'], 'group:'],
    [['acme', '--title', ''], 'one line'],
    [['acme', '--from', 'nothing'], 'phishing'],
  ])('says how to write %j', async (args, words) => {
    const folder = await scratch();
    const refused = await inside(folder, ['new', ...args]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(words);
    expect(await filesUnder(folder)).toEqual([]);
  });

  test.each([
    'it: is "so" # so',
    'true',
    '0x1F',
    '- [a, {b',
    "don't & *x",
    '  two  ',
    'null',
    'Zürich $& $1',
  ])('a title of %j is read back as it was', async (title) => {
    const folder = await scratch();
    const made = await inside(folder, ['new', 'acme', '--title', title, '--author', title, '--json']);
    const answer = JSON.parse(made.stdout) as { files: string[]; next: string[] };
    expect(answer.next).toHaveLength(3);
    const playbook = parse(await readFile(join(folder, answer.files[0] ?? ''), 'utf8'));
    expect(playbook).toMatchObject({ title, author: title });
  });

  test('in a project it names the schema with the installed actions, for the editor', async () => {
    const folder = await scratch();
    const first = await inside(folder, ['new', 'acme-first']);
    const hinted = [...first.stderr.matchAll(/^ {2}riposte (schema .*)$/gm)].map(([, words = '']) => words);
    expect(hinted).toHaveLength(2);
    for (const words of hinted) expect((await inside(folder, words.split(' '))).code).toBe(0);
    const second = await inside(folder, ['new', 'acme', '--dir', 'playbooks/acme']);
    expect(second.stderr).not.toContain('riposte schema');
    const [line] = (await readFile(join(folder, 'playbooks/acme/acme.yaml'), 'utf8')).split('\n');
    expect(line).toBe('# yaml-language-server: $schema=../../schemas/installed/playbook-v1.schema.json');
  });
});

/** `script` gives the command a real terminal; it is part of every Debian and Ubuntu. */
function typed(folder: string, answers: [screen: RegExp, keys: string][]) {
  // A terminal without a size shows one letter per line.
  const command = `stty cols 100 rows 40; ${root}/node_modules/.bin/node ${root}/api/cli/riposte.ts new`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', TERM: 'dumb', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let screen = '';
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = left;
    if (next === undefined || !next[0].test(screen)) return;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise<{ code: number | null; screen: string; left: number }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, screen, left: left.length }));
  });
}

describe.skipIf(!existsSync('/usr/bin/script'))('riposte new at a terminal', () => {
  test('asks four questions and writes what was answered', async () => {
    const folder = await scratch();
    const { code, screen, left } = await typed(folder, [
      [/Start from/, '\u001b[B\r'],
      [/never changes/, 'acme-isolate\r'],
      [/as an order/, '\r'],
      [/owns it/, '\r'],
    ]);
    expect({ code, left }, screen).toEqual({ code: 0, left: 0 });
    const playbook = parse(await readFile(join(folder, 'playbooks/ransomware/acme-isolate.yaml'), 'utf8'));
    expect(playbook).toMatchObject({
      title: 'Isolate a host that behaves like ransomware',
      owner: 'group:soc-tier2',
    });
  });

  test('Ctrl-C writes nothing', async () => {
    const folder = await scratch();
    const { code, screen } = await typed(folder, [[/Start from/, '\u0003']]);
    expect(code).toBe(1);
    expect(screen).toContain('Nothing was written.');
    expect(await filesUnder(folder)).toEqual([]);
  });
});
