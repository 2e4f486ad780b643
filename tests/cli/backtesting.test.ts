import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { openMatching, ownAlert, waitingPlaybook } from '../match/open-matching.ts';
import { useCasesOf } from '../support/corridor-doors.ts';
import { riposte } from './start-cli.ts';

/* `riposte plan` and `riposte backtest` against a server with a real engine and its store behind it. */

const at = await openMatching();
const api = await startApi({ useCases: useCasesOf(at as never) }, undefined, at.database);
const published = waitingPlaybook(
  'tried',
  `dedupe: { key: '\${{ inputs.host_id }}', window: 1h, on_duplicate: skip }`,
);
const text = published
  .replace('alert.category == "tried"', 'alert.severity == "high"')
  .replace('version: 1.0.0', 'version: 1.1.0');

const folder = await mkdtemp(join(tmpdir(), 'riposte-backtest-'));
const file = join(folder, 'tried.yaml');
afterAll(() => rm(folder, { recursive: true }));

let env: Record<string, string> = {};
const alerts: string[] = [];

beforeAll(async () => {
  await writeFile(file, text);
  await at.publish(published);
  const titles = ['One', 'Two', 'Three \u001b[31mred\u202e'];
  for (const [place, category] of ['tried', 'tried', 'other'].entries()) {
    const targets = { hosts: [{ id: 'H1', name: 'h' }] };
    alerts.push(await at.raise(`a-${place}`, { category, targets, title: titles[place] ?? '' }));
  }
  const { token } = await api.person('mara', ['author']);
  env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token };
});

describe('riposte backtest', () => {
  it('says what a file would have done beside the version in force', async () => {
    const { code, stdout, stderr } = await riposte(['backtest', file], env);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, '  '));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^tried: 3 alerts from .*, of 3$/),
        'in force 1.0.0  candidate 1.1.0',
        'alerts matched  2  3',
        'runs started  1  1',
        'covered by an earlier run  1  2',
        'questions to people  1  1',
        '1 newly matched, 0 not any more, 0 done differently, 2 the same',
        expect.stringMatching(new RegExp(`^\\+ ${alerts[2]} .* Three `)),
        'on_alert for H1 starts, mode enforce: does nothing to others; asks 1',
        'on_alert for H1 is covered by an earlier run (match/duplicate), mode enforce',
        'Not played',
      ]),
    );
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
  });

  it('takes the id of a published playbook, a time, and answers in JSON', async () => {
    const { code, stdout } = await riposte(['backtest', 'tried', '--since', '7d', '--json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      read: 3,
      candidate: null,
      inForce: { matched: 2, starts: 1 },
    });
  });

  it('fails in CI when more could have been started than was said', async () => {
    expect((await riposte(['backtest', file, '--at-most', '1'], env)).code).toBe(0);
    const { code, stderr } = await riposte(['backtest', file, '--at-most', '0'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('1 runs could have been started, more than 0.');
    const part = await riposte(['backtest', file, '--at-most', '5', '--limit', '1'], env);
    expect(part.code).toBe(1);
    expect(part.stderr).toContain('Not all alerts of that time were played');
  });

  it('refuses what it cannot read', async () => {
    expect(await riposte(['backtest', 'nowhere/none.yaml'], env)).toMatchObject({ code: 3 });
    expect(await riposte(['backtest', 'tried', '--since', 'yesterday'], env)).toMatchObject({ code: 2 });
    expect(await riposte(['backtest', 'nothing-of-that-name'], env)).toMatchObject({ code: 1 });
  });
});

describe('riposte plan', () => {
  it('says what would be done about an alert that the server has', async () => {
    const { code, stdout, stderr } = await riposte(['plan', 'tried', '--alert', alerts[0] ?? ''], env);
    expect(code).toBe(0);
    expect(stdout).toContain('A run by on_alert for H1, mode enforce');
    expect(stdout).toContain('* ask   look');
    expect(stderr).toContain('Nothing was done.');
    const none = await riposte(['plan', 'tried', '--alert', alerts[2] ?? ''], env);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('Nothing would be started.');
  });

  it('takes files: a playbook that is not published, and an alert that the server has not', async () => {
    const alert = join(folder, 'alert.json');
    await writeFile(alert, JSON.stringify(ownAlert('new', { category: 'other', raw: null })));
    const { code, stdout } = await riposte(['plan', file, '--alert', alert, '--json'], env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ playbook: { version: '1.1.0' }, runs: [{ element: 'H1' }] });
  });
});
