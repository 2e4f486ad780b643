import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { riposte } from './start-cli.ts';

/* Somebody who has nothing but `--help`: every page is there, and says how to go on. */

const root = join(import.meta.dirname, '../..');

interface Page {
  /** The words after `riposte`. */
  path: string[];
  text: string;
  commands: string[];
}

/** Commands stand under headings of their own; options and arguments do not count. */
function commandsIn(text: string): string[] {
  let heading = '';
  return text.split('\n').flatMap((line) => {
    if (/^\S.*:$/.test(line)) heading = line;
    const name = /^ {2}([a-z][a-z-]*)(?= |$)/.exec(line)?.[1];
    const lists = !['Options:', 'Arguments:', 'Examples:', 'Templates:'].includes(heading);
    return name !== undefined && lists && name !== 'riposte' && name !== 'help' ? [name] : [];
  });
}

async function pagesFrom(path: string[]): Promise<Page[]> {
  const { code, stdout, stderr } = await riposte([...path, '--help'], {});
  expect({ path, code, stderr }).toEqual({ path, code: 0, stderr: '' });
  const isGroup = /^Usage: .*\[command\]$/m.test(stdout);
  const commands = isGroup ? commandsIn(stdout) : [];
  const page = { path, text: stdout, commands };
  return [page, ...(await Promise.all(commands.map((name) => pagesFrom([...path, name])))).flat()];
}

const pages = await pagesFrom([]);
const leaves = pages
  .filter(({ commands }) => commands.length === 0)
  .map((page) => [page.path.join(' '), page] as const);

/** An option's line with what follows it, as wide terminals would show it. */
function optionLines(text: string): string[] {
  const part = /^Options:\n((?: {2,}.*\n)*)/m.exec(text)?.[1] ?? '';
  return part
    .replace(/\n {6,}(?=\S)/g, '  ')
    .trimEnd()
    .split('\n');
}

test('the version is that of the package, with and without a server', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  for (const option of ['--version', '-V'])
    expect(await riposte([option], {})).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('the first page leads from new over check, test and graph to publish', () => {
  const text = pages[0]?.text ?? '';
  const first = text.slice(text.indexOf('A first playbook:'));
  const steps = ['new', 'check', 'test', 'graph', 'publish'].map((name) =>
    first.indexOf(`  riposte ${name} `),
  );
  expect(steps.every((at) => at > 0)).toBe(true);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(pages[0]?.commands.slice(0, 4)).toEqual(['new', 'check', 'test', 'graph']);
});

test('what the first page shows works as it stands there, up to the server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'riposte-help-'));
  const lines = [...(pages[0]?.text ?? '').matchAll(/^ {2}riposte ((?:new|check|test|graph) .*)$/gm)];
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const [line, words = ''] of lines) {
    const ended = await riposte(words.trim().split(/\s+/), {}, '', folder);
    expect(ended.code, `${line}\n${ended.stderr}`).toBe(0);
  }
  await rm(folder, { recursive: true });
});

/** Options that a command does not run without. */
function requiredBy(text: string): string[] {
  return optionLines(text).flatMap((line) =>
    / \(required\)$/.test(line) ? (line.match(/--[a-z-]+/) ?? []) : [],
  );
}

test('what the first page of all shows brings every option that is required', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const typed = [...readme.matchAll(/^npx riposte (.+?)(?: +#.*)?$/gm)].map(([, words = '']) =>
    words.split(' '),
  );
  expect(typed.length).toBeGreaterThan(10);
  const known = new Map(leaves);
  for (const words of typed) {
    const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((each) => known.has(each)) ?? '';
    for (const option of requiredBy(known.get(name)?.text ?? ''))
      expect(words.join(' '), name).toContain(option);
  }
});

test('every command is found', () => {
  // A heading of its own for each: what is left over would stand under "Commands:".
  expect(pages[0]?.text).not.toMatch(/^Commands:\n {2}(?!help)/m);
  expect(leaves.length).toBeGreaterThan(25);
});

describe.each(leaves)('riposte %s --help', (name, { text }) => {
  test('says what it does, how it is typed and with which codes it ends', () => {
    expect(text.split('\n')[2] ?? '', 'description').toMatch(/^\S.{10}/);
    expect(text).toMatch(new RegExp(`^ {2}(?:[A-Z_]+=\\S+ )*riposte ${name}(?: |$)`, 'm'));
    expect(text).toMatch(/^Exit codes: 0 \S/m);
  });

  test('explains every option, and its examples use only those', () => {
    const lines = optionLines(text);
    expect(lines.filter((line) => !/^ {2}-\S.*? {2,}\S/.test(line))).toEqual([]);
    const known = new Set(
      [...lines.join('\n').matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option),
    );
    const examples = text.split('\n').filter((line) => /^ {2}(?:[A-Z_]+=\S+ )*riposte /.test(line));
    const own = examples.filter((line) => line.includes(`riposte ${name}`));
    const used = own.flatMap((line) => [...line.matchAll(/(?<= )--[a-z][a-z-]*/g)].map(([option]) => option));
    expect(used.filter((option) => !known.has(option))).toEqual([]);
    const lacking = own.filter((line) => requiredBy(text).some((option) => !line.includes(option)));
    expect(lacking).toEqual([]);
    const files = examples.flatMap(
      (line) => line.match(/\b(?:playbooks|examples)\/[\w/.-]+\.(?:yaml|json)/g) ?? [],
    );
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
