import { expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { actor, openMatching } from '../match/open-matching.ts';

/* Language reference 9.13: what a status and a person may do to a mode, and what "deprecated" means. */

const at = await openMatching();

const text = (mode: string, change: (text: string) => string = (same) => same) =>
  change(`kind: playbook/v1
id: by-hand-${mode}
title: Isolate by hand
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: ${mode}
falsepositives: [None]
triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs: { host_id: { type: string, from: { by_hand: "\${{ target.id }}" } } }
steps:
  - id: isolate
    action: edr.isolate-host@1
    with: { host_id: "\${{ inputs.host_id }}", comment: test }
    approval: {}
    lease: 1d
`);

async function startedMode(playbookId: string, mode: Mode | null): Promise<string> {
  const started = await startRunByHand(at.engine.parts, at.engine.admitter, {
    playbookId,
    target: { kind: 'host', id: 'H1' },
    inputs: {},
    actor,
    roles: [],
    groups: [],
    personId: null,
    mode,
  });
  if (!started.ok) throw new Error(started.detail);
  const { rows } = await at.database.app.query<{ mode: string }>('select mode from runs where id = $1', [
    started.runId,
  ]);
  return rows[0]?.mode ?? 'no run';
}

it('a person may start a run in a lower mode than the playbook has, never in a higher one', async () => {
  await at.publish(text('enforce'));
  await at.publish(text('ask'));
  expect(await startedMode('by-hand-enforce', null)).toBe('enforce');
  expect(await startedMode('by-hand-enforce', 'audit')).toBe('audit');
  expect(await startedMode('by-hand-ask', 'enforce')).toBe('ask');
});

it('a deprecated playbook cannot be published, and the version that is there goes on starting', async () => {
  await at.publish(text('audit'));
  const refused = await publishPlaybook(at.engine.parts, {
    source: text('audit', (same) => same.replace('stable', 'deprecated').replace('1.0.0', '1.0.1')),
    file: 'test.yaml',
    expectedId: null,
    actor,
    requestId: 'test',
    registry: manifestsOf(createRegistry()),
  });
  expect(refused).toMatchObject({ ok: false, code: 'request/conflict' });
  expect(await startedMode('by-hand-audit', null)).toBe('audit');
});
