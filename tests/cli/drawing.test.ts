import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import graphSchema from '../../schemas/graph.schema.json' with { type: 'json' };
import type { JsonObject } from '../../schemas/json.ts';
import { seedLoopRun } from '../api/seed-loop.ts';
import { startApi } from '../api/start-api.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const { token } = await api.person('ops', ['operator']);
const folder = await mkdtemp(join(tmpdir(), 'riposte-graph-'));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, 'sweep.yaml');
await writeFile(
  file,
  `kind: playbook/v1
id: isolate-host
title: Isolate hosts
description: Made for one test.
status: experimental
author: Blue Team
falsepositives: [None]
triggers: [{ id: by_hand, type: manual }]
inputs: { hosts: { type: array, items: { type: string } } }
steps:
  - id: asset
    action: inventory.get-host
    with: { host_id: H17 }
  - id: sweep
    foreach: inputs.hosts
    as: host
    key: host
    max_items: 500
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ host }}", scope: full, comment: x }
        lease: 1h
  - id: after
    action: chat.post-message
    with: { channel: soc, text: done }
`,
);

describe('riposte graph', () => {
  test.each([
    ['mermaid', /^flowchart TD\n/],
    ['dot', /^digraph "isolate-host" \{\n/],
    ['svg', /^<svg /],
    ['json', /^\{\n {2}"schemaVersion": 1,/],
  ])('draws %s without a server', async (format, start) => {
    const { code, stdout } = await riposte(['graph', file, '--format', format], {});
    expect(code).toBe(0);
    expect(stdout).toMatch(start);
  });

  test('writes JSON by its published schema', async () => {
    const valid = createValidator(graphSchema as unknown as JsonObject);
    for (const playbook of [
      file,
      'playbooks/identity/contain-user.yaml',
      'playbooks/ransomware/isolate-host.yaml',
    ]) {
      const { stdout } = await riposte(['graph', playbook, '--json'], {});
      expect(valid(JSON.parse(stdout))).toEqual([]);
    }
  });

  test('--run shows the states of a run; of the items of a loop the one that matters most', async () => {
    const { runId } = await seedLoopRun(api.db.owner);
    const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: token };
    const json = await riposte(['graph', file, '--run', runId, '--json'], env);
    // 200 items have begun: more than one page, one of them failed and one waits.
    expect(JSON.parse(json.stdout).states).toEqual({
      'run/asset': 'succeeded',
      'run/sweep': 'active',
      'run/sweep/isolate': 'active',
      'run/after': 'pending',
    });
    const dot = await riposte(['graph', file, '--run', runId, '--format', 'dot'], env);
    expect(dot.stdout).toMatch(/"run\/sweep\/isolate" \[.*\\nactive".*fillcolor/);
    expect(await riposte(['graph', file, '--run', 'run_none'], env)).toMatchObject({ code: 1 });
  });
});
