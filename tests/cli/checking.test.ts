import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { githubAnnotations } from '../../api/cli/github-annotations.ts';
import { riposte } from './start-cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'riposte-check-'));
afterAll(() => rm(folder, { recursive: true }));
const broken = join(folder, 'broken.yaml');
await writeFile(broken, 'title: [unclosed\n');
await writeFile(join(folder, 'broken.cases.yaml'), 'not: a playbook\n');

describe('riposte check', () => {
  test('needs no server, writes findings to stdout and ends with 1', async () => {
    const text = await riposte(['check', folder], {});
    expect(text.code).toBe(1);
    expect(text.stdout).toContain(`${broken}:`);
    expect(text.stdout).toContain('compile/bad-yaml');
    expect(text.stderr).toContain('1 checked');
    expect(text.stdout).not.toContain('\u001b');
  });

  test('writes JSON, JSON lines and GitHub annotations', async () => {
    const json = JSON.parse((await riposte(['check', broken, '--format', 'json'], {})).stdout);
    expect(json).toMatchObject({ schemaVersion: 1, counts: { error: json.diagnostics.length } });
    const lines = (await riposte(['check', broken, '--format', 'jsonl'], {})).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(json.diagnostics);
    const github = (await riposte(['check', broken, '--format', 'github'], {})).stdout;
    expect(github).toMatch(/^::error file=.*broken\.yaml,line=\d+,/);
  });

  test('of nothing, or of something that is not there, is not a success', async () => {
    expect(await riposte(['check', join(folder, 'none')], {})).toMatchObject({ code: 3 });
    expect(await riposte(['check', folder, '--format', 'xml'], {})).toMatchObject({ code: 2 });
  });
});

describe('files of the operator', () => {
  const file = join(folder, 'operators', 'guardrails.yaml');
  const wrong = `# what no run may do
kind: guardrails/v1
protected:
  - { id: dc, match: '"x" in guard.target.tgas', classes: [contain], effect: deny, reson: Stay reachable }
limits:
  - { id: dc, classes: [contain], target_kind: host, targets: 25, per: 40d, on_exceed: ask }
`;

  test('are checked like playbooks, at their place and with fixes', async () => {
    await mkdir(join(folder, 'operators'));
    await writeFile(file, wrong);
    const { diagnostics } = JSON.parse((await riposte(['check', file, '--format', 'json'], {})).stdout);
    expect(diagnostics.map(({ code, line }: { code: string; line: number }) => [code, line])).toEqual([
      ['compile/missing-field', 4],
      ['compile/unknown-name', 4],
      ['compile/unknown-field', 4],
      ['compile/duplicate-id', 6],
      ['compile/invalid-value', 6],
    ]);
    const fixed = await riposte(['check', file, '--fix'], {});
    expect(fixed.stderr).toContain('write "reason"');
    expect(await readFile(file, 'utf8')).toBe(wrong.replace('reson', 'reason'));
  });

  test('that are right end with 0, among playbooks or alone', async () => {
    expect(await riposte(['check', 'examples/guardrails.yaml'], {})).toMatchObject({ code: 0 });
    const routing = join(folder, 'operators', 'routing.yaml');
    await writeFile(routing, 'kind: routing/v1\nplaybooks:\n  - { id: ransomware-isolate-host, ordr: 10 }\n');
    const found = await riposte(['check', routing, 'playbooks/ransomware/isolate-host.yaml'], {});
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('did you mean "order"?');
    expect(found.stderr).toContain('2 checked, 1 errors');
  });
});

test('an annotation cannot be broken out of', () => {
  const [line] = githubAnnotations([
    {
      severity: 'error',
      code: 'compile/bad-yaml',
      file: 'a,b:c.yaml',
      line: 1,
      column: 2,
      endLine: 1,
      endColumn: 4,
      path: '',
      message: '100%\n::error::fake',
      snippet: '',
    },
  ]);
  expect(line).toBe(
    '::error file=a%2Cb%3Ac.yaml,line=1,col=2,endLine=1,endColumn=3,title=compile/bad-yaml::100%25%0A::error::fake',
  );
});
