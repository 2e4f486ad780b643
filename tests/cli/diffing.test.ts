import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import type { JsonObject } from '../../schemas/json.ts';
import diffSchema from '../../schemas/plan-diff.schema.json' with { type: 'json' };
import { riposte } from './start-cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'riposte-diff-'));
afterAll(() => rm(folder, { recursive: true }));
const shipped = 'playbooks/ransomware/isolate-host.yaml';
const text = await readFile(shipped, 'utf8');
const valid = createValidator(diffSchema as unknown as JsonObject);

async function version(name: string, from: string, to: string): Promise<string> {
  expect(text).toContain(from);
  const file = join(folder, name);
  await writeFile(file, text.replace(from, to));
  return file;
}

describe('riposte diff', () => {
  test('says what became bolder or more careful, with the lines of both versions', async () => {
    const limit = await version('limit.yaml', 'targets: 10,', 'targets: 99,');
    const { code, stdout, stderr } = await riposte(['diff', shipped, limit], {});
    expect(stdout).toMatch(/^\+ bolder {3}72 → 72 {7}guard burst: 99 targets per 1h/m);
    expect(stderr).toBe('1 bolder, 0 more careful, 0 neutral\n');
    expect(code).toBe(0);
    // The other way round it is the other way round.
    expect((await riposte(['diff', limit, shipped], {})).stdout).toMatch(/^- careful/m);
  });

  test('--exit-code ends with 1 only when something became bolder', async () => {
    const limit = await version('exit.yaml', 'targets: 10,', 'targets: 99,');
    expect(await riposte(['diff', shipped, limit, '--exit-code'], {})).toMatchObject({ code: 1 });
    expect(await riposte(['diff', limit, shipped, '--exit-code'], {})).toMatchObject({ code: 0 });
  });

  test('a change of formatting is no difference in meaning', async () => {
    const formatted = await version('formatted.yaml', 'steps:\n', '# the work\n\nsteps:\n\n');
    const { stdout, code } = await riposte(['diff', shipped, formatted, '--exit-code'], {});
    expect({ stdout, code }).toEqual({ stdout: 'no difference in meaning\n', code: 0 });
  });

  test('folders are matched by the id of each playbook', async () => {
    const old = join(folder, 'old');
    const now = join(folder, 'now');
    await Promise.all([old, now].map((path) => mkdir(path)));
    await writeFile(join(old, 'a.yaml'), text);
    await writeFile(join(now, 'renamed.yaml'), text.replace('mode: enforce', 'mode: ask'));
    await writeFile(join(now, 'b.yaml'), text.replace('id: ransomware-isolate-host', 'id: another-one'));
    const { stdout, code } = await riposte(['diff', old, now, '--json'], {});
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(valid(answer)).toEqual([]);
    expect(answer).toMatchObject({
      counts: { bolder: 1, careful: 1, neutral: 0 },
      playbooks: [
        { id: 'another-one', before: null, changes: [{ kind: 'playbook-added', risk: 'bolder' }] },
        {
          id: 'ransomware-isolate-host',
          changes: [{ kind: 'mode-changed', risk: 'careful', path: '/mode' }],
        },
      ],
    });
  });

  test('what does not compile cannot be compared', async () => {
    const broken = await version('broken.yaml', 'mode: enforce', 'mode: bold');
    const { code, stderr } = await riposte(['diff', shipped, broken], {});
    expect(code).toBe(2);
    expect(stderr).toContain('compile/invalid-value');
    expect(await riposte(['diff', shipped], {})).toMatchObject({ code: 2 });
    expect(await riposte(['diff', shipped, join(folder, 'none.yaml')], {})).toMatchObject({ code: 3 });
  });
});
