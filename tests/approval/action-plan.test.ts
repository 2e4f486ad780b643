import { expect, it } from 'vitest';
import { actionPlan, actionPlanDigest } from '../../engine/core/approval/action-plan.ts';
import type { RenderedAction } from '../../engine/core/contracts/command.ts';
import type { JsonObject } from '../../schemas/json.ts';

/* The reference vector of the audit facts, 2.2. Digests are stored: this value never changes. */
const reference: JsonObject = {
  action: 'device.isolate',
  attempt_group: 1,
  connector: { id: 'edr', instance: 'prod', version: '1.4.0' },
  expires_at: '2026-01-02T04:04:05.678Z',
  nonce: 'b64u:AAAAAAAAAAAAAAAAAAAAAA',
  params: { mode: 'full' },
  playbook: {
    id: 'ransomware',
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    version: 7,
  },
  run_id: 'run_01',
  step_id: 'isolate',
  targets: [{ id: 'dev-123', type: 'device' }],
  v: 1,
};

const referenceDigest = 'sha256:7bb0e4634211cbeb5c98abc695ccd04fbd4eddfa6f4c4340773139441e830b0c';

it('the digest of the reference plan is the reference digest', () => {
  expect(actionPlanDigest(reference)).toBe(referenceDigest);
});

it('the order in which the fields were written does not matter', () => {
  expect(actionPlanDigest(Object.fromEntries(Object.entries(reference).reverse()))).toBe(referenceDigest);
});

const rendered: RenderedAction = {
  actionKey: 'k'.repeat(32),
  generation: 0,
  action: 'edr.isolate-host',
  actionVersion: '1.4.0',
  class: 'contain',
  system: 'edr',
  connection: 'prod',
  arguments: { host_id: 'H1', scope: 'full' },
  target: { kind: 'host', id: 'H1' },
};

const fields: Parameters<typeof actionPlan>[0] = {
  runId: 'run_01',
  stepPath: 'run/isolate',
  playbook: { id: 'ransomware', version: 7, sha256: 'ab' },
  rendered,
  reversible: true,
  leaseSeconds: null,
  found: null,
  expiresAtMs: Date.parse('2026-01-02T04:04:05.678Z'),
  nonce: 'b64u:AAAAAAAAAAAAAAAAAAAAAA',
};

it.each<[string, Partial<typeof fields>]>([
  ['run', { runId: 'run_02' }],
  ['step', { stepPath: 'run/isolate_2' }],
  ['version of the playbook', { playbook: { ...fields.playbook, version: 8 } }],
  ['text of the playbook', { playbook: { ...fields.playbook, sha256: 'cd' } }],
  ['action', { rendered: { ...rendered, action: 'edr.release-host' } }],
  ['version of the action', { rendered: { ...rendered, actionVersion: '1.4.1' } }],
  ['system', { rendered: { ...rendered, system: 'mail' } }],
  ['connection', { rendered: { ...rendered, connection: 'test' } }],
  ['argument', { rendered: { ...rendered, arguments: { host_id: 'H1', scope: 'selective' } } }],
  ['additional argument', { rendered: { ...rendered, arguments: { ...rendered.arguments, comment: '' } } }],
  ['target', { rendered: { ...rendered, target: { kind: 'host', id: 'H2' } } }],
  ['kind of target', { rendered: { ...rendered, target: { kind: 'user', id: 'H1' } } }],
  ['missing target', { rendered: { ...rendered, target: null } }],
  ['way back', { reversible: false }],
  ['lease', { leaseSeconds: 259_200 }],
  ['restart by a person', { rendered: { ...rendered, generation: 1 } }],
  ['deadline', { expiresAtMs: fields.expiresAtMs + 1 }],
  ['nonce', { nonce: 'b64u:AAAAAAAAAAAAAAAAAAAAAB' }],
])('another %s makes another digest', (_what, change) => {
  expect(actionPlanDigest(actionPlan({ ...fields, ...change }))).not.toBe(
    actionPlanDigest(actionPlan(fields)),
  );
});

it('the same instruction has the same digest each time', () => {
  expect(actionPlanDigest(actionPlan(structuredClone(fields)))).toBe(actionPlanDigest(actionPlan(fields)));
});
