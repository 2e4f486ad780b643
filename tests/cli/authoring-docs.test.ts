import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { code, outside, plain } from '../../api/cli/docs/markdown.ts';
import { riposte } from './start-cli.ts';

const root = join(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'riposte-docs-'));
afterAll(() => rm(folder, { recursive: true }));

async function pagesIn(out: string): Promise<Map<string, string>> {
  const names = await readdir(join(folder, out), { recursive: true });
  const pages = names.filter((name) => name.endsWith('.md')).sort();
  return new Map(
    await Promise.all(
      pages.map(async (name) => [name, await readFile(join(folder, out, name), 'utf8')] as const),
    ),
  );
}

describe('riposte docs over the shipped library', () => {
  let pages = new Map<string, string>();
  const ids: string[] = [];

  beforeAll(async () => {
    const written = await riposte(['docs', join(root, 'playbooks'), '--out', 'shipped'], {}, '', folder);
    expect(written.code, written.stderr).toBe(0);
    pages = await pagesIn('shipped');
    for (const name of await readdir(join(root, 'playbooks'), { recursive: true })) {
      if (!name.endsWith('.yaml') || name.endsWith('.cases.yaml')) continue;
      const text = await readFile(join(root, 'playbooks', name), 'utf8');
      ids.push(/^id: (.*)$/m.exec(text)?.[1] ?? name);
    }
  });

  it('writes an index and one page per playbook and per action', () => {
    const wanted = [
      'README.md',
      ...[...createRegistry().keys()].map((key) => `actions/${key}.md`),
      ...ids.map((id) => `playbooks/${id}.md`),
    ];
    expect([...pages.keys()].sort()).toEqual(wanted.sort());
  });

  it('has no link that leads nowhere', () => {
    const broken = [...pages].flatMap(([file, text]) =>
      [...text.matchAll(/(?<!\\)\]\(([^)]+)\)/g)]
        .map(([, target = '']) => normalize(join(dirname(file), target)))
        .filter((target) => !pages.has(target))
        .map((target) => `${file} → ${target}`),
    );
    expect(broken).toEqual([]);
    expect(pages.get('README.md')?.match(/\]\(playbooks\//g)).toHaveLength(ids.length);
  });

  it('says of the ransomware playbook what it reads, asks, does, takes back and never touches', () => {
    const text = pages.get('playbooks/ransomware-isolate-host.md') ?? '';
    const section = (heading: string) => text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section('Starts with')).toContain('`alert.category == "ransomware"');
    expect(section('Reads')).toContain('[`inventory.get-host`](../actions/inventory.get-host.md)');
    expect(section('Asks')).toContain('one of `group:soc-tier2` within 30m, silence is no');
    expect(section('Does')).toContain('for 3d, then somebody is asked');
    expect(section('Never')).toContain('Domain controllers are contained by hand');
    expect(section('Never')).toContain('more than 10 targets in 1h');
    expect(section('Waits')).toContain('at most 10d');
    expect(section('Reasons to say no')).toContain('Roll-out of disk encryption');
    expect(section('Graph')).toContain('```mermaid\nflowchart TD');
    expect(section('Cases')).toContain('- a host of unknown role waits');
  });

  it('says of an action what it takes, who uses and who guards it', () => {
    const text = pages.get('actions/edr.isolate-host.md') ?? '';
    expect(text).toContain('| `host_id` | string | yes |');
    expect(text).toContain('By [`edr.release-host`](edr.release-host.md).');
    expect(text).toContain('`domain_controllers` of [Isolate a host that behaves like ransomware]');
    expect(text).toContain('**From outside: attacker text.**');
    expect(pages.get('actions/mdm.wipe-device.md')).toContain('It cannot be.');
  });

  it('writes the same bytes again', async () => {
    await riposte(['docs', join(root, 'playbooks'), '--out', 'again'], {}, '', folder);
    expect(await pagesIn('again')).toEqual(pages);
  });
});

const hostile = `kind: playbook/v1
id: hostile
title: "# T [x](https://evil.example) <img src=x> | \`c\`"
description: |
  ## Not a heading
  | not | a table |

  [click](javascript:alert(1)) ![pixel](https://evil.example/p.png) <script>alert(1)</script>
  \`\`\`
  not a fence
status: experimental
author: "*bold* _under_"
falsepositives: ["</details>", "1. not a list", "- nor this", "https://evil.example"]
references: ["https://good.example/a?b=c", "https://evil.example/(x)"]
triggers:
  - id: t
    type: alert.created
    match: alert.title == "a|b\`c" && alert.severity == "high"
steps:
  - id: tell
    name: "](evil) **x**"
    action: chat.post-message
    with: { channel: soc, text: hi }
`;

describe('text of a playbook', () => {
  test('cannot become markup of its page', async () => {
    await mkdir(join(folder, 'hostile'), { recursive: true });
    await writeFile(join(folder, 'hostile/a.yaml'), hostile);
    const written = await riposte(['docs', 'hostile', '--out', 'out'], {}, '', folder);
    expect(written.code, written.stderr).toBe(0);
    const text = await readFile(join(folder, 'out/playbooks/hostile.md'), 'utf8');
    const headings = text.split('\n').filter((line) => /^#+ /.test(line));
    const own = ['Starts with', 'Tells', 'Limits', 'Reasons to say no', 'Graph', 'References'];
    expect(headings.slice(1)).toEqual(own.map((heading) => `## ${heading}`));
    expect(headings[0]).toMatch(/^# \\# T \\\[x\\\]/);
    const outsideGraph = text.replace(/```mermaid[\s\S]*?```/, '');
    const bare = outsideGraph.replace(/\\./g, '').replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    expect(bare.match(/<(?!https:\/\/good\.example)/g)).toBeNull();
    expect([...bare.matchAll(/\]\(([^)]*)\)/g)].map(([, target]) => target).sort()).toEqual([
      '../README.md',
      '../actions/chat.post-message.md',
    ]);
    expect(bare).not.toMatch(/!\[|^\s*\d+\. |^- [-+] /m);
    const cells = text.split('\n').find((line) => line.includes('alert.title =='));
    expect(cells?.match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  it.each([
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['a|b', '`a|b`'],
    ['two\nlines', '`two lines`'],
    ['\u202ereversed', '`\ufffdreversed`'],
  ])('%j as code cannot end early', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  it.each([
    ['<b>', '\\<b\\>'],
    ['a\n# b', 'a \\# b'],
    ['1. one', '1\\. one'],
    ['- item', '\\- item'],
    ['see www.evil.example', 'see www\\.evil.example'],
    ['https://evil.example', 'https\\://evil.example'],
    ['a \u001b[31m', 'a \ufffd\\[31m'],
  ])('%j as text is shown as typed', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  it.each(['https://a.example/"onclick', 'javascript:alert(1)', 'https://a.example/>x', 'http://a.example'])(
    '%s is no link',
    (url) => {
      expect(outside(url)).toMatch(/^`/);
    },
  );
});
