import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import {
  decide,
  forWholeAlert,
  hostAlert,
  madePlaybook,
  onlyQuestion,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* Items and rounds as scopes of their own, over the real store (language reference 9.2, 9.5). */

let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
});
afterAll(() => corridor.close());

const ws0531 = '0f3e1a52a3b54d4c8a8f0c1d5a2d6a7b8c9d0e1f';
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);

function hostsAlert(playbookId: string, sourceId: string, hosts: readonly string[]) {
  return {
    ...hostAlert(playbookId, sourceId, ''),
    targets: { hosts: hosts.map((id) => ({ id, name: id })) },
  };
}

async function runOf(playbookId: string) {
  const { rows } = await corridor.database.app.query<{
    id: string;
    state: string;
    reason: string | null;
    outputs: Record<string, unknown> | null;
  }>('select id, state, reason, outputs from runs where playbook_id = $1 order by created_at desc limit 1', [
    playbookId,
  ]);
  return rows[0] ?? { id: '', state: 'not started', reason: null, outputs: null };
}

it('a foreach asks once for the frozen list, acts on each item and tells what became of them', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    max_parallel: 2
    on_item_error: continue
    approval: { ask: "Isolate them all?", approvers: [group:soc] }
    steps:
      - id: isolate
        action: edr.isolate-host
        lease: 72h
        with: { host_id: "\${{ host.id }}", scope: full }
    collect: \${{ steps.isolate.status }}
outputs:
  total: \${{ steps.sweep.summary.total }}
  good: \${{ steps.sweep.summary.succeeded }}
  bad: \${{ steps.sweep.summary.failed }}
  states: \${{ steps.sweep.collected }}
`;
  await corridor.publish(forWholeAlert('sweeping', steps));
  await corridor.sendBody(hostsAlert('sweeping', 'sweeping-1', [ws0117, 'f'.repeat(40), ws0244]));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  expect(asked).toMatchObject({ step_path: 'run/sweep', card: { question: 'Isolate them all?' } });
  expect(asked.card.targets.map((target) => target.id)).toEqual([ws0117, 'f'.repeat(40), ws0244].toSorted());
  expect(isolated(ws0117).orders).toBe(0);
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: true, state: 'granted' });
  await until(async () => (await runOf('sweeping')).state === 'succeeded');
  expect((await runOf('sweeping')).outputs).toEqual({
    total: 3,
    good: 2,
    bad: 1,
    states: ['succeeded', null, 'succeeded'],
  });
  for (const host of [ws0117, ws0244]) expect(isolated(host)).toMatchObject({ applied: 1, duplicates: 0 });
});

it('five thousand items advance without any snapshot that grows with them', async () => {
  await corridor.publish(`kind: playbook/v1
id: crowded
title: Made for a test
description: Made for a test.
status: stable
version: 1.0.0
author: Test
triggers: [{ id: by_hand, type: manual }]
inputs:
  list: { type: array }
steps:
  - id: many
    foreach: inputs.list
    max_items: 5000
    max_parallel: 100
    steps:
      - if: item > 4997
        then:
          - id: tell
            action: chat.post-message
            with: { channel: soc, text: "\${{ item }} of many" }
    collect: \${{ item }}
outputs:
  total: \${{ steps.many.summary.total }}
  acted: \${{ steps.many.summary.succeeded }}
`);
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId: 'crowded',
    target: null,
    inputs: { list: Array.from({ length: 5000 }, (_, n) => n) },
    actor: { kind: 'person', id: bo, channel: 'api' },
    roles: ['analyst'],
    groups: [],
    personId: bo,
    mode: null,
  });
  expect(started).toMatchObject({ ok: true });
  const before = corridor.lab.estate.messages().length;
  await until(async () => ['succeeded', 'failed'].includes((await runOf('crowded')).state));
  const run = await runOf('crowded');
  expect(run).toMatchObject({ state: 'succeeded', outputs: { total: 5000, acted: 5000 } });
  expect(corridor.lab.estate.messages()).toHaveLength(before + 2);
  const { rows } = await corridor.database.app.query<{ kind: string; count: number; largest: number }>(
    `select kind, count(*)::int as count, max(length(snapshot)) as largest from scopes where run_id = $1 group by kind`,
    [run.id],
  );
  const of = (kind: string) => rows.find((row) => row.kind === kind);
  expect(of('item')).toMatchObject({ count: 5000 });
  // The loop counts; an item knows itself. Neither carries the others.
  expect(of('loop')?.largest).toBeLessThan(2_000);
  expect(of('item')?.largest).toBeLessThan(8_000);
  const left = await corridor.database.app.query('select 1 from messages where run_id = $1', [run.id]);
  expect(left.rowCount).toBe(0);
}, 180_000);

it('a repeat asks until it hears what it waits for, and gives up after its last round', async () => {
  const poll = (max: number, until: string) => `  - id: poll
    repeat: { until: ${until}, max: ${max}, every: 1s }
    steps:
      - id: asset
        action: inventory.get-host
        with: { host_id: "\${{ inputs.host_id }}" }
outputs:
  name: \${{ steps.poll.outputs.?last.?asset.?name.orValue("nobody") }}
`;
  await corridor.publish(madePlaybook('asking', poll(3, '"steps.asset.outputs.role == \\"workstation\\""')));
  await corridor.sendBody(hostAlert('asking', 'asking-1', ws0117));
  await until(async () => (await runOf('asking')).state === 'succeeded');
  expect((await runOf('asking')).outputs).not.toEqual({ name: 'nobody' });
  await corridor.publish(madePlaybook('tired', poll(2, '"steps.asset.outputs.role == \\"teapot\\""')));
  await corridor.sendBody(hostAlert('tired', 'tired-1', ws0117));
  await until(async () => (await runOf('tired')).state === 'failed');
  const { rows } = await corridor.database.app.query<{ path: string }>(
    `select path from scopes where run_id = $1 and kind = 'round' order by path`,
    [(await runOf('tired')).id],
  );
  expect(rows.map((row) => row.path)).toEqual(['run/poll#1', 'run/poll#2']);
});

it('a stop inside an item ends the whole run, and what is out is awaited', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    steps:
      - if: host.id == "${ws0117}"
        then:
          - stop: { outcome: denied, reason: Enough }
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: "next" }
  - id: after
    action: chat.post-message
    with: { channel: soc, text: "after the loop" }
`;
  await corridor.publish(forWholeAlert('halting', steps));
  const before = corridor.lab.estate.messages().length;
  await corridor.sendBody(hostsAlert('halting', 'halting-1', [ws0117, ws0244, ws0531]));
  await until(async () => (await runOf('halting')).state === 'denied');
  expect(await runOf('halting')).toMatchObject({ reason: 'Enough' });
  expect(corridor.lab.estate.messages()).toHaveLength(before);
});

it('a loop whose items give more than can be kept fails and says how much it was; what they did stays', async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => String(index).padStart(40, 'a'));
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 50
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: "\${{ host.id }}" }
    collect: \${{ alert.description }}
`;
  await corridor.publish(forWholeAlert('heaping', steps));
  const before = corridor.lab.estate.messages().length;
  await corridor.sendBody({ ...hostsAlert('heaping', 'heaping-1', hosts), description: 'x'.repeat(8_000) });
  await until(async () => (await runOf('heaping')).state === 'failed');
  const { rows } = await corridor.database.app.query(
    `select failure->>'code' as code, failure->>'message' as message from steps
     where run_id = $1 and path = 'run/sweep'`,
    [(await runOf('heaping')).id],
  );
  expect(rows).toEqual([
    { code: 'run/output-too-large', message: expect.stringMatching(/^what the items gave has 320\d+ bytes/) },
  ]);
  expect(corridor.lab.estate.messages()).toHaveLength(before + hosts.length);
});
