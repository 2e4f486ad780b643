import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { codePage } from '../../api/http/code-page.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import pageSchema from '../../schemas/code-page.schema.json' with { type: 'json' };
import { codes, isCode } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { riposte } from '../cli/start-cli.ts';

describe('riposte explain', () => {
  test('shows the page of a code: what, why, a wrong and a right example, what to do', async () => {
    const { code, stdout, stderr } = await riposte(['explain', 'compile/maybe-missing'], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const parts = [
      'compile/maybe-missing (error)',
      'The outputs may not be there.',
      'Outputs exist only after success.',
      'Avoid',
      '      text: "State: ${{ steps.isolate.outputs.state }}"  # <- here',
      'Prefer',
      '      text: \'State: ${{ steps.isolate.outputs.?state.orValue("left alone") }}\'',
      'What to do',
    ];
    const places = parts.map((part) => stdout.indexOf(part));
    expect(places.filter((place) => place === -1)).toEqual([]);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('shows codes that no file can show without an example', async () => {
    const { code, stdout } = await riposte(['explain', 'action/outcome-unknown'], {});
    expect(code).toBe(0);
    expect(stdout).toContain('never just sends it again');
    expect(stdout).not.toContain('Avoid');
  });

  test('gives the same page to machines', async () => {
    const { stdout } = await riposte(['explain', 'compile/unknown-step', '--json'], {});
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      code: 'compile/unknown-step',
      summary: codes['compile/unknown-step'].summary,
      severity: 'error',
      help: codes['compile/unknown-step'].help,
      why: expect.stringContaining('does not exist'),
      avoid: [expect.stringContaining('steps.aset')],
      prefer: [expect.stringContaining('steps.asset')],
    });
  });

  test('prints what its schema says, for every code', () => {
    const validate = createValidator(pageSchema as unknown as JsonObject);
    const pages = Object.keys(codes).filter(isCode).map(codePage);
    expect(pages.filter((page) => validate({ schemaVersion: 1, ...page }).length > 0)).toEqual([]);
  });

  test('lists every station and code when asked for none', async () => {
    const { code, stdout } = await riposte(['explain'], {});
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+\/\S+) {2}/gm)].map(([, each]) => each);
    expect(listed.sort()).toEqual(Object.keys(codes).sort());
    const json = JSON.parse((await riposte(['explain', '--json'], {})).stdout);
    expect(json.items).toHaveLength(Object.keys(codes).length);
  });

  test.each([
    ['compile/unknown-stp', 'compile/unknown-step'],
    ['unknown-step', 'compile/unknown-step'],
    ['maybe-mising', 'compile/maybe-missing'],
    ['expression-failed', 'match/expression-failed or run/expression-failed'],
  ])('of %s is wrong usage and names the nearest', async (written, meant) => {
    const { code, stdout, stderr } = await riposte(['explain', written], {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`There is no code "${written}". Did you mean ${meant}?`);
  });

  test('ends quietly when its reader has seen enough', async () => {
    const command = `"${process.execPath}" api/cli/riposte.ts explain | head -n 1`;
    const child = spawn('sh', ['-c', command], { cwd: join(import.meta.dirname, '../..') });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect({ stdout, stderr }).toEqual({ stdout: 'compile\n', stderr: '' });
  });

  test('of something else points at the list', async () => {
    const { code, stderr } = await riposte(['explain', 'zzzzzzzz'], {});
    expect(code).toBe(2);
    expect(stderr).toContain('Run "riposte explain" for the list of all codes.');
  });
});
