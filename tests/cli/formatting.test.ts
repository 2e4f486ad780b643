import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { lineDiff } from '../../engine/core/diff/line-diff.ts';
import { riposte } from './start-cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'riposte-fmt-'));
afterAll(() => rm(folder, { recursive: true }));

const untidy = `kind: playbook/v1
title: Tell # everybody
id: tell
steps: [{ action: chat.post-message, id: tell }]
`;
const tidy = `# yaml-language-server: $schema=../schemas/playbook-v1.schema.json
kind: playbook/v1
id: tell
title: Tell # everybody
steps: [{ id: tell, action: chat.post-message }]
`;
const playbooks = join(folder, 'playbooks');
const file = join(playbooks, 'tell.yaml');
const cases = join(playbooks, 'tell.cases.yaml');
const broken = join(playbooks, 'broken.yaml');

beforeEach(async () => {
  await rm(playbooks, { recursive: true, force: true });
  await mkdir(playbooks);
  await mkdir(join(folder, 'schemas'), { recursive: true });
  await writeFile(join(folder, 'schemas/playbook-v1.schema.json'), '{}');
  await writeFile(file, untidy);
});

describe('riposte fmt', () => {
  test('writes files in their canonical form, names them, and has nothing to do the second time', async () => {
    const first = await riposte(['fmt', playbooks], {});
    expect(first).toEqual({ code: 0, stdout: `${file}\n`, stderr: '1 files, 1 changed\n' });
    expect(await readFile(file, 'utf8')).toBe(tidy);
    const second = await riposte(['fmt', playbooks, '--json'], {});
    expect(JSON.parse(second.stdout)).toEqual({ schemaVersion: 1, files: [{ file, state: 'unchanged' }] });
  });

  test('--check shows the difference, ends with 1 and writes nothing', async () => {
    const checked = await riposte(['fmt', '--check', playbooks], {});
    expect(checked).toMatchObject({ code: 1, stderr: '1 files, 1 would change\n' });
    expect(checked.stdout).toContain('-title: Tell # everybody\n id: tell\n');
    expect(await readFile(file, 'utf8')).toBe(untidy);
  });

  test('formats cases too, and leaves a file with errors as it is', async () => {
    await writeFile(cases, 'cases: [  ]\nkind: cases/v1\n');
    await writeFile(broken, 'steps: [\n');
    const ended = await riposte(['fmt', playbooks], {});
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${broken}:2:1 error compile/bad-yaml`);
    expect(ended.stderr).toContain('3 files, 2 changed, 1 with errors left as they are');
    expect(await readFile(broken, 'utf8')).toBe('steps: [\n');
    expect(await readFile(cases, 'utf8')).toContain('cases: []');
  });

  test('formats stdin to stdout for editors', async () => {
    const piped = await riposte(['fmt', '-'], {}, untidy);
    expect(piped).toEqual({ code: 0, stdout: tidy.replace(/^#.*\n/, ''), stderr: '' });
    expect(await riposte(['fmt', '-'], {}, 'steps: [')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('a difference', () => {
  test('counts its lines as diff does and joins changes that are near', () => {
    const before = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    const after = before.toSpliced(3, 1).toSpliced(6, 0, 'new').toSpliced(18, 1, 'other');
    expect(lineDiff('a', before.join('\n'), after.join('\n'))).toBe(`--- a
+++ a (formatted)
@@ -1,10 +1,10 @@
 line 0
 line 1
 line 2
-line 3
 line 4
 line 5
 line 6
+new
 line 7
 line 8
 line 9
@@ -16,5 +16,5 @@
 line 15
 line 16
 line 17
-line 18
+other
 line 19
`);
  });

  test('of equal texts is nothing', () => {
    expect(lineDiff('a', 'x\ny', 'x\ny')).toBe('');
  });
});
