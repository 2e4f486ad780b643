import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
