import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { riposte } from '../cli/start-cli.ts';

const root = join(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'riposte-fix-'));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, 'tell.yaml');

const wrong = `kind: playbook/v1
id: tell
title: Tell the channel
description: Made for one test.
status: experimental
author: Blue Team
triggers: [{ id: new_alert, type: alert.created }]
steps:
  - id: tell   # the one
    action: chat.post-mesage
    with: { channel: soc, text: Hello }
`;
const right = wrong.replace('mesage', 'message');

beforeEach(() => writeFile(file, wrong));

describe('riposte check --fix', () => {
  test('changes the file, says what it did and checks what is left', async () => {
    await chmod(file, 0o640);
    const ended = await riposte(['check', '--fix', folder], {});
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toContain(`fixed ${file}:10:13 compile/unknown-action: write "chat.post-message"`);
    expect(await readFile(file, 'utf8')).toBe(right);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['tell.yaml']);
  });

  test('with --dry-run prints the difference and writes nothing', async () => {
    const ended = await riposte(['check', '--fix', '--dry-run', folder], {});
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`+++ ${file} (fixed)`);
    expect(ended.stdout).toContain('\n-    action: chat.post-mesage\n+    action: chat.post-message\n');
    expect(ended.stderr).toContain('1 would be fixed; nothing was written');
    expect(await readFile(file, 'utf8')).toBe(wrong);
  });

  test('in JSON lists what was fixed beside what is still found', async () => {
    const ended = await riposte(['check', '--fix', '--json', folder], {});
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schemaVersion: 1,
      diagnostics: [],
      fixed: [{ code: 'compile/unknown-action', fix: { title: 'write "chat.post-message"' } }],
      leftAlone: [],
    });
  });

  test('without --fix, --dry-run is wrong usage', async () => {
    const ended = await riposte(['check', '--dry-run', folder], {});
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('riposte check --watch', () => {
  test('checks again when a file is saved, and ends with Ctrl-C', async () => {
    const child = spawn(
      join(root, 'node_modules/.bin/node'),
      [join(root, 'api/cli/riposte.ts'), 'check', '--watch', folder],
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const ended = once(child, 'close');
    try {
      let told = '';
      for await (const text of child.stderr.setEncoding('utf8')) {
        told += text;
        if (told.includes('Watching') && !told.includes('0 errors')) await writeFile(file, right);
        if (told.includes('0 errors')) child.kill('SIGINT');
      }
      expect(told).toMatch(/1 checked, 1 errors.*\n.*Watching.*\n.*1 checked, 0 errors/);
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
