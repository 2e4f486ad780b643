import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import reportSchema from '../../schemas/check-report.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import { riposte } from '../cli/start-cli.ts';

const root = join(import.meta.dirname, '../..');
const folder = await mkdtemp(join(tmpdir(), 'riposte-fix-'));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, 'tell.yaml');

const validate = createValidator(reportSchema as unknown as JsonObject);

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
    expect(validate(JSON.parse(ended.stdout))).toEqual([]);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schemaVersion: 1,
      diagnostics: [],
      fixed: [{ code: 'compile/unknown-action', fix: { title: 'write "chat.post-message"' } }],
      leftAlone: [],
    });
  });

  test('does not take a call for wrong because what it calls is to be fixed first', async () => {
    const caller = join(folder, 'a-caller.yaml');
    const text = `${wrong.split('steps:')[0]?.replace('id: tell', 'id: caller')}steps:\n  - { id: one, call: tell }\n`;
    // Nearly the same name, and compiles: the wrong answer to the wrong question.
    const near = join(folder, 'near.yaml');
    await writeFile(caller, text);
    await writeFile(near, right.replace('id: tell\ntitle', 'id: tells\ntitle'));
    try {
      const first = await riposte(['check', folder], {});
      expect(first.stdout).toContain('calls "tell", which does not compile');
      expect(await riposte(['check', '--fix', folder], {})).toMatchObject({ code: 0, stdout: '' });
      expect(await readFile(caller, 'utf8')).toBe(text);
      expect(await readFile(file, 'utf8')).toBe(right);
    } finally {
      await rm(caller);
      await rm(near);
    }
  });

  test('prints what its schema says, with findings too', async () => {
    for (const args of [[], ['--fix', '--dry-run']]) {
      const report = JSON.parse((await riposte(['check', '--json', ...args, folder], {})).stdout);
      expect(validate(report)).toEqual([]);
      expect(report).toMatchObject({ counts: { error: 1 }, diagnostics: [{ fix: { edits: [{}] } }] });
    }
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
