import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { SealedEntry } from '../../engine/core/audit/ocsf/about-entry.ts';
import { approvalEvent } from '../../engine/core/audit/ocsf/approval.ts';
import { Remediations } from '../../engine/core/audit/ocsf/remediation.ts';
import { activities, responses } from '../../engine/core/audit/ocsf/response-vocabulary.ts';
import { changesTargets } from '../../engine/core/contracts/action.ts';
import type { Entry, EntryDraft } from '../../engine/core/contracts/entry.ts';
import type { ApprovalId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { draft } from './draft-entry.ts';

// OCSF 1.8.0, class 7001: what every event must have, and all that it may have with the profiles we name.
const required = [
  'activity_id',
  'category_uid',
  'class_uid',
  'type_uid',
  'time',
  'severity_id',
  'metadata',
  'command_uid',
];
const allowed = [
  ...required,
  ...['category_name', 'class_name', 'activity_name', 'type_name', 'severity'],
  ...['start_time', 'end_time', 'duration', 'status_id', 'status', 'status_code', 'status_detail', 'message'],
  ...['countermeasures', 'observables', 'remediation', 'unmapped', 'raw_data', 'raw_data_hash'],
  ...['device', 'actor'],
  ...['action_id', 'action', 'disposition_id', 'disposition', 'policy', 'authorizations', 'attacks'],
];
const statusIds = [0, 1, 2, 3, 4, 5, 6, 99];

let next = 0;
const about: Partial<EntryDraft> = {
  action: 'edr.isolate-host@1.0.0',
  actionKey: 'run_1/isolate/1',
  targets: [{ kind: 'host', id: 'H17', name: 'ws-042' }],
  runId: 'run_1' as RunId,
  step: 'contain.isolate',
};

function sealed(change: Partial<EntryDraft>): SealedEntry {
  next += 1;
  const entry = {
    ...draft(about),
    ...change,
    v: 1,
    id: `ent_${next}`,
    time: new Date(1_767_225_600_000 + next * 1000).toISOString(),
    tenant: 'default',
  } as Entry;
  return {
    index: next,
    entry,
    raw: JSON.stringify(entry),
    rawSha256: 'ab'.repeat(32),
    leaf: 'cd'.repeat(32),
  };
}

/** All events of a story, each held against the field list. */
function told(...story: Partial<EntryDraft>[]): JsonObject[] {
  const remediations = new Remediations('1.0.0');
  const events = story.map((change) => remediations.pass(sealed(change))).filter((event) => event !== null);
  for (const event of events) {
    expect(Object.keys(event)).toEqual(expect.arrayContaining(required));
    const extra = event.class_uid === 7002 ? ['file'] : [];
    expect([...allowed, ...extra]).toEqual(expect.arrayContaining(Object.keys(event)));
    expect(event.category_uid).toBe(7);
    expect(event.type_uid).toBe(Number(event.class_uid) * 100 + Number(event.activity_id));
    expect(statusIds).toContain(event.status_id);
    for (const name of ['time', 'start_time', 'end_time', 'duration'])
      if (name in event) expect(Number.isSafeInteger(event[name]), name).toBe(true);
    for (const name of Object.keys(event).filter((field) => field.endsWith('_id')))
      expect(event, `${name} has its text`).toHaveProperty(
        name === 'activity_id' ? 'activity_name' : name.slice(0, -3),
      );
    expect(event.metadata).toMatchObject({ version: '1.8.0', product: { version: '1.0.0' } });
  }
  return events;
}

const attempted = { type: 'action.attempted', attempt: 1 } as const;
const succeeded = { type: 'action.succeeded', attempt: 1, outcome: 'success' } as const;
const failed = (code: string) => ({ type: 'action.failed', attempt: 1, outcome: 'failure', code }) as const;

describe('a remediation', () => {
  test('has the numbers and names of an isolated host', () => {
    const [event, ...others] = told(attempted, { ...succeeded, approvalId: 'apr_1' as ApprovalId });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      class_uid: 7001,
      class_name: 'Remediation Activity',
      activity_id: 1,
      activity_name: 'Isolate',
      type_uid: 700101,
      type_name: 'Remediation Activity: Isolate',
      duration: 1000,
      status_id: 1,
      status: 'Success',
      command_uid: 'run_1/isolate/1',
      countermeasures: [
        { d3f_tactic: { uid: 'd3f:Isolate', name: 'Isolate' }, d3f_technique: { uid: 'D3-NI' } },
      ],
      disposition_id: 4,
      action_id: 4,
      device: { uid: 'H17', hostname: 'ws-042', type_id: 0 },
      observables: [{ name: 'host', type_id: 1, value: 'ws-042' }],
      authorizations: [{ decision: 'allowed', policy: { uid: 'apr_1' } }],
      metadata: { correlation_uid: 'run_1', event_code: 'action.succeeded', tenant_uid: 'default' },
      raw_data_hash: { algorithm_id: 3 },
      unmapped: { step_id: 'contain.isolate', entry_hash: 'cd'.repeat(32) },
    });
  });

  test('of a file is the class that has the file, with its hash', () => {
    const file = { action: 'edr.block-file@1.0.0', targets: [{ kind: 'file', id: 'ab'.repeat(32) }] };
    expect(told({ ...file, ...attempted }, { ...file, ...succeeded })).toMatchObject([
      {
        class_uid: 7002,
        type_uid: 700201,
        file: { name: 'ab'.repeat(32), type_id: 1, hashes: [{ algorithm_id: 3 }] },
        observables: [{ type_id: 8 }],
      },
    ]);
  });

  test('that is taken back is a restoration of its own', () => {
    const release = { action: 'edr.release-host@1.0.0', actionKey: 'run_1/undo/1' };
    expect(told({ ...release, ...attempted }, { ...release, ...succeeded })).toMatchObject([
      { activity_id: 3, type_uid: 700103, command_uid: 'run_1/undo/1', disposition_id: 9 },
    ]);
  });

  test.each([
    ['not-found', 3, 'Does Not Exist'],
    ['unsupported-target', 5, 'Unsupported'],
    ['forbidden', 2, 'Failure'],
    ['action/unconfirmed', 2, 'Failure'],
    ['unauthorized', 6, 'Error'],
    ['timeout', 6, 'Error'],
    ['action/outcome-unknown', 0, 'Unknown'],
  ])('that failed with %s has status %i %s', (code, status_id, status) => {
    expect(told(attempted, failed(code))).toMatchObject([{ status_id, status, status_code: code }]);
  });

  test('whose answer never came is unknown, and told again when somebody has looked', () => {
    const unknown = { type: 'action.unknown', outcome: 'unknown' } as const;
    const looked = (found: string) => ({ type: 'action.reconciled', data: { found } }) as const;
    const idsOf = (...story: Partial<EntryDraft>[]) => told(...story).map((event) => event.status_id);
    expect(idsOf(attempted, unknown, looked('present'), succeeded)).toEqual([0, 1]);
    expect(idsOf(attempted, unknown, looked('absent'))).toEqual([0, 2]);
    expect(told(attempted, unknown)[0]).not.toHaveProperty('disposition_id');
  });

  test('that was only pretended says so', () => {
    expect(told({ type: 'action.simulated', simulated: true })).toMatchObject([
      { status_id: 99, status: 'dry_run', disposition_id: 16 },
    ]);
  });
});

describe('an approval', () => {
  const approvalId = 'apr_1' as ApprovalId;
  const person = { kind: 'person', id: 'per_1', channel: 'console' } as const;

  test.each<[EntryDraft['type'], JsonObject, number, number | undefined, number]>([
    ['approval.requested', {}, 600301, undefined, 1],
    ['approval.joined', {}, 600301, undefined, 1],
    ['approval.voted', { decision: 'approve' }, 600303, 8, 1],
    ['approval.voted', { decision: 'deny' }, 600303, 25, 1],
    ['approval.granted', {}, 600303, 8, 1],
    ['approval.denied', {}, 600303, 25, 1],
    ['approval.expired', {}, 600303, 25, 1],
    ['approval.refused', {}, 600303, 26, 2],
  ])('%s %j is API Activity %i with disposition %j', (type, data, type_uid, disposition_id, status_id) => {
    const event = approvalEvent(sealed({ type, data, approvalId, actor: person }), '1.0.0');
    // Required for class 6003.
    for (const name of [...required.filter((each) => each !== 'command_uid'), 'api', 'actor', 'src_endpoint'])
      expect(event).toHaveProperty(name);
    expect(event).toMatchObject({
      category_uid: 6,
      class_uid: 6003,
      type_uid,
      status_id,
      api: { operation: type, request: { uid: 'apr_1' } },
      actor: { user: { uid: 'per_1' } },
      src_endpoint: { name: 'console' },
      resources: [{ name: 'contain.isolate' }],
    });
    expect(event?.disposition_id).toBe(disposition_id);
  });

  test('is no other entry, nor one without its id', () => {
    expect(approvalEvent(sealed({ type: 'approval.viewed', approvalId }), '1.0.0')).toBeNull();
    expect(approvalEvent(sealed({ type: 'approval.granted' }), '1.0.0')).toBeNull();
  });
});

describe('no remediation', () => {
  test('is what reads, what nobody attempted, and what people decided', () => {
    const read = { action: 'directory.get-user@1.0.0' };
    expect(told({ ...read, ...attempted }, { ...read, ...succeeded })).toEqual([]);
    expect(told({ type: 'approval.denied' }, failed('action/deadline'), { type: 'run.started' })).toEqual([]);
    expect(
      told({ ...attempted, action: 'constructor@1' }, { ...succeeded, action: 'constructor@1' }),
    ).toEqual([]);
  });
});

test('every action that changes a target has its word, and no other has one', () => {
  const changing = [...createRegistry().values()]
    .filter(({ manifest }) => changesTargets(manifest.class))
    .map(({ manifest }) => manifest.key);
  expect(Object.keys(responses).sort()).toEqual(changing.sort());
  for (const { activity } of Object.values(responses)) expect(activities[activity]).toBeGreaterThan(0);
});

test('targets that somebody wrote past us do not stop the export', () => {
  const targets: unknown = [{ kind: 1 }, null, { kind: 'host', id: 'H1' }];
  const odd = { targets } as Partial<EntryDraft>;
  expect(told({ ...attempted, ...odd }, { ...succeeded, ...odd })).toMatchObject([{ device: { uid: 'H1' } }]);
});
