import { expect, it } from 'vitest';
import { keepReasons } from '../../engine/core/retention/keep-reasons.ts';
import { addPerson, claimed, insertRow } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';
import { withoutTriggers } from '../support/grow-old.ts';
import { letGoAll, placesOf } from './let-go-all.ts';
import {
  addAlert,
  addIncident,
  addOldApproval,
  addOldAttempt,
  addOldRun,
  addRecord,
  addSignal,
  addStory,
  addTask,
  old,
} from './old-rows.ts';

/* Each reason for which something old stays, alone: without it the same story goes (decision record 0040). */

const { owner, app } = await useDatabase();
const tenant_id = 'default';
const now = () => new Date();
const hold = {
  effect: 'network-isolated',
  target_kind: 'host',
  target_id: 'h1',
  step_path: 'run/isolate',
  since: old,
};

interface Case {
  why: keyof typeof keepReasons;
  what: string;
  /** Says of the story what keeps it. */
  given(story: { alertId: string; runId: string }): Promise<unknown>;
  /** Takes exactly that away again. */
  until(story: { alertId: string; runId: string }): Promise<unknown>;
}

const setRun = (runId: string, set: string) =>
  withoutTriggers(owner, ['runs'], async (query) => {
    await query(`update runs set ${set} where id = $1`, [runId]);
  });
const forget = (table: string) => (story: { runId: string }) =>
  withoutTriggers(owner, [table], async (query) => {
    await query(`delete from ${table} where run_id = $1`, [story.runId]);
  });
const setIn = (table: string, set: string) => (story: { runId: string }) =>
  withoutTriggers(owner, [table], async (query) => {
    await query(`update ${table} set ${set} where run_id = $1`, [story.runId]);
  });

const cases: Case[] = [
  ...['queued', 'running', 'waiting'].map((state) => ({
    why: 'under-way' as const,
    what: `a run that is ${state}`,
    given: ({ runId }: { runId: string }) => setRun(runId, `state = '${state}', undo_scope = 'run~undo.1'`),
    until: ({ runId }: { runId: string }) => setRun(runId, `state = 'succeeded', undo_scope = null`),
  })),
  {
    why: 'under-way',
    what: 'a run that is being taken back',
    given: ({ runId }) => setRun(runId, `state = 'undoing', undo_scope = 'run~undo.1'`),
    until: ({ runId }) => setRun(runId, `state = 'undone', undo_scope = null`),
  },
  {
    why: 'under-way',
    what: 'a scope that moves after the end',
    given: setIn('scopes', `live = 'waiting'`),
    until: setIn('scopes', `live = 'ended'`),
  },
  {
    why: 'under-way',
    what: 'an attempt that a worker has',
    given: ({ runId }) => addOldAttempt(owner, runId, { finished_at: null, ...claimed }),
    until: forget('attempts'),
  },
  {
    why: 'under-way',
    what: 'an alert that nobody has matched',
    given: ({ alertId }) => owner.query(`update alerts set state = 'accepted' where id = $1`, [alertId]),
    until: ({ alertId }) => owner.query(`update alerts set state = 'matched' where id = $1`, [alertId]),
  },
  {
    why: 'incident-open',
    what: 'an incident that is not resolved',
    async given({ alertId }) {
      const id = await addIncident(owner, { status: 'in_progress' });
      await owner.query('update alerts set incident_id = $2 where id = $1', [alertId, id]);
    },
    until: () => owner.query(`update incidents set status = 'resolved'`),
  },
  {
    why: 'question-open',
    what: 'a question that waits',
    given: ({ runId }) => addOldApproval(owner, runId, { state: 'pending', ended_at: null }),
    until: setIn('approvals', `state = 'expired', ended_at = approve_before`),
  },
  {
    why: 'question-open',
    what: 'somebody who is still to be told',
    async given({ runId }) {
      const approval_id = await addOldApproval(owner, runId);
      await insertRow(owner, 'notices', { tenant_id, approval_id, occasion: 'asked', destination: 'chat' });
    },
    until: () => owner.query(`update notices set state = 'told', settled_at = now()`),
  },
  {
    why: 'review-open',
    what: 'a broken glass without a review',
    async given({ runId }) {
      const approval_id = await addOldApproval(owner, runId);
      const person_id = await addPerson(owner);
      await withoutTriggers(owner, ['break_glass'], async (query) => {
        await query(
          `insert into break_glass (tenant_id, approval_id, person_id, reason, at) values ($1, $2, $3, $4, $5)`,
          [tenant_id, approval_id, person_id, 'the ransomware had begun to run', old],
        );
      });
    },
    async until({ runId }) {
      const reviewed_by = await addPerson(owner);
      await withoutTriggers(owner, ['break_glass_reviews'], async (query) => {
        await query(
          `insert into break_glass_reviews (tenant_id, approval_id, reviewed_by, finding, comment, at)
           select tenant_id, id, $2, 'justified', 'it had', $3 from approvals where run_id = $1`,
          [runId, reviewed_by, old],
        );
      });
    },
  },
  {
    why: 'outcome-unknown',
    what: 'an effect that a person is asked about',
    given: ({ runId }) => addTask(owner, runId, { state: 'open', settled_by: null, ended_at: null }),
    until: setIn('tasks', `state = 'withdrawn', settled_by = 'engine', ended_at = opened_at`),
  },
  {
    why: 'outcome-unknown',
    what: 'an effect that nobody answered for',
    given: ({ runId }) => addTask(owner, runId, { state: 'unanswered', settled_by: 'silence' }),
    until: forget('tasks'),
  },
  {
    why: 'outcome-unknown',
    what: 'an answer that turned out to be wrong',
    given: ({ runId }) => addTask(owner, runId, { contradicted: true }),
    until: forget('tasks'),
  },
  {
    why: 'undo-incomplete',
    what: 'a run that could not be taken back',
    given: ({ runId }) => setRun(runId, `state = 'undo-incomplete'`),
    until: ({ runId }) => setRun(runId, `state = 'undone'`),
  },
  ...['undo-failed', 'undoing'].map((state) => ({
    why: 'undo-incomplete' as const,
    what: `a record that is ${state}`,
    given: ({ runId }: { runId: string }) => addRecord(owner, runId, { state, settled_at: null }),
    until: setIn('undo_records', `state = 'undone', settled_at = created_at`),
  })),
  {
    why: 'undo-incomplete',
    what: 'a target that was changed since',
    given: ({ runId }) => addRecord(owner, runId, { state: 'changed-since', expected: '{}', found: '{}' }),
    until: setIn('undo_records', `state = 'left-as-is'`),
  },
  ...['wanted', 'held', 'unreleased'].map((state) => ({
    why: 'contained' as const,
    what: `a hold that is ${state}`,
    given: ({ runId }: { runId: string }) =>
      insertRow(owner, 'holds', { tenant_id, run_id: runId, ...hold, state }),
    until: forget('holds'),
  })),
  {
    why: 'could-be-undone',
    what: 'an effect without a hold that a person may take back',
    given: ({ runId }) => addRecord(owner, runId, { state: 'done', settled_at: null, effect: null }),
    until: setIn('undo_records', `inverse = '{"irreversible":"a message is read"}'`),
  },
  {
    why: 'could-be-undone',
    what: 'a lease',
    given: ({ runId }) =>
      addRecord(owner, runId, {
        state: 'done',
        settled_at: null,
        inverse: '{"irreversible":"x"}',
        lease_until: old,
      }),
    until: setIn('undo_records', `state = 'undone', lease_until = null`),
  },
  {
    why: 'dedupe',
    what: 'a run that covers duplicates for 90 days',
    given: ({ runId }) => setRun(runId, `dedupe_key = 'h1'`),
    until: ({ runId }) => setRun(runId, `created_at = created_at - interval '60 days'`),
  },
  {
    why: 'younger-part',
    what: 'a run that ended a month ago',
    given: ({ runId }) => setRun(runId, `ended_at = clock_timestamp() - interval '30 days'`),
    until: ({ runId }) => setRun(runId, `ended_at = clock_timestamp() - interval '32 days'`),
  },
  {
    why: 'younger-part',
    what: 'an undo that ended yesterday',
    given: ({ runId }) => addRecord(owner, runId, { settled_at: new Date(now().getTime() - 86_400_000) }),
    until: setIn('undo_records', 'settled_at = created_at'),
  },
  {
    why: 'younger-part',
    what: 'a target that counts in a budget',
    given: ({ runId }) => {
      const counted = { budget: 'b', target: 'h1', step_path: 'run/isolate', ordinal: 1, at: now() };
      return insertRow(owner, 'reservations', { tenant_id, run_id: runId, ...counted });
    },
    until: setIn('reservations', `at = at - interval '32 days'`),
  },
  {
    why: 'younger-part',
    what: 'an alert that was updated',
    given: ({ alertId }) => owner.query('update alerts set updated_at = now() where id = $1', [alertId]),
    until: ({ alertId }) =>
      owner.query('update alerts set updated_at = received_at where id = $1', [alertId]),
  },
  {
    why: 'younger-part',
    what: 'a signal about it',
    given: ({ alertId }) => addSignal(owner, { type: 'alert.updated', alert_id: alertId, at: now() }),
    until: () => owner.query('update signals set at = $1', [old]),
  },
];

for (const { why, what, given, until } of cases)
  it(`keeps ${what} (${why})`, async () => {
    const story = await addStory(owner);
    await given(story);
    const before = await placesOf(owner, Object.values(story));

    const { removed, kept } = await letGoAll(app);
    expect(removed).toEqual({ incidents: 0, alerts: 0, runs: 0, signals: 0 });
    expect(kept).toEqual({ [why]: 1 });
    expect(await placesOf(owner, Object.values(story))).toEqual(before);

    await until(story);
    expect((await letGoAll(app)).kept).toEqual({});
    expect(await placesOf(owner, Object.values(story))).toEqual([]);
  });

it('keeps a whole family for one of it: a caller, whom it called, a restart, and all alerts of its incident', async () => {
  const incident_id = await addIncident(owner);
  const first = await addStory(owner, { incident_id }, { incident_id });
  const other = await addAlert(owner, { incident_id });
  const child = await addOldRun(owner, { parent_run_id: first.runId, attached: true });
  const restart = await addOldRun(owner, { restart_of: child });
  await insertRow(owner, 'holds', { tenant_id, run_id: restart, ...hold, state: 'held' });
  const all = [incident_id, first.alertId, first.runId, other, child, restart];
  expect((await letGoAll(app)).kept).toEqual({ contained: 1 });
  for (const id of all) expect(await placesOf(owner, [id])).not.toEqual([]);

  await owner.query('delete from holds');
  expect((await letGoAll(app)).removed).toEqual({ incidents: 1, alerts: 2, runs: 3, signals: 0 });
  expect(await placesOf(owner, all)).toEqual([]);
});

it('lets an alert that joined a run go after that run', async () => {
  const { runId } = await addStory(owner, { state: 'waiting', undo_scope: 'x' });
  const joined = await addAlert(owner);
  await insertRow(owner, 'run_alerts', { tenant_id, run_id: runId, alert_id: joined, attached_at: old });
  const traced = { seq: 1, playbook_id: 'isolate', trigger_id: 'manual', outcome: 'attached', run_id: runId };
  await insertRow(owner, 'decision_traces', { tenant_id, event_id: joined, ...traced, at: old });
  expect((await letGoAll(app)).kept).toEqual({ 'under-way': 1, joined: 1 });
  await setRun(runId, `state = 'succeeded', undo_scope = null`);
  await letGoAll(app);
  await letGoAll(app);
  expect(await placesOf(owner, [runId, joined])).toEqual([]);
});

it('keeps what came after a run began that is still under way: it may wait for that', async () => {
  const began = new Date(old.getTime() - 86_400_000);
  const waiting = await addOldRun(owner, { state: 'waiting', created_at: began, ended_at: null });
  const heard = await addSignal(owner);
  const { removed } = await letGoAll(app);
  expect(removed.signals).toBe(0);
  await setRun(waiting, `state = 'succeeded', ended_at = created_at`);
  expect((await letGoAll(app)).removed).toMatchObject({ runs: 1, signals: 1 });
  expect(await placesOf(owner, [waiting, heard])).toEqual([]);
});

it('lets runs without an alert go, and signals with what they started', async () => {
  const byHand = await addOldRun(owner);
  const signal = await addSignal(owner);
  const started = await addOldRun(owner, { signal_id: signal });
  const traced = {
    seq: 1,
    playbook_id: 'isolate',
    trigger_id: 'manual',
    outcome: 'started',
    run_id: started,
  };
  await insertRow(owner, 'decision_traces', { tenant_id, event_id: signal, ...traced, at: old });
  await insertRow(owner, 'holds', { tenant_id, run_id: started, ...hold, state: 'held' });
  expect((await letGoAll(app)).removed).toMatchObject({ runs: 1, signals: 0 });
  expect(await placesOf(owner, [byHand])).toEqual([]);
  await owner.query('delete from holds');
  expect((await letGoAll(app)).removed).toMatchObject({ runs: 1, signals: 1 });
  expect(await placesOf(owner, [signal, started])).toEqual([]);
});

it('lets nothing go while everything is stopped or paused, or the log is held', async () => {
  const { runId } = await addStory(owner);
  const scenes = [
    [
      `update stops set active = true where scope = 'everything'`,
      `update stops set active = false where scope = 'everything'`,
    ],
    [
      `update stops set active = true where scope = 'audit'`,
      `update stops set active = false where scope = 'audit'`,
    ],
    [
      `update pauses set active = true, set_by = 'x', set_at = now(), reason = 'x'`,
      'update pauses set active = false',
    ],
  ] as const;
  for (const [set, clear] of scenes) {
    await owner.query(set);
    const { rows } = await app.query(`select let_go('default', 31, 10) as answer`);
    expect(rows, set).toEqual([{ answer: { state: 'held' } }]);
    await owner.query(clear);
  }
  expect(await placesOf(owner, [runId])).toContain('runs.id');
  await letGoAll(app);
  expect(await placesOf(owner, [runId])).toEqual([]);
});

it('touches no rows of another tenant', async () => {
  const run = await addOldRun(owner);
  await owner.query(`insert into playbook_versions select 'other', playbook_id, version, semver, title, source, source_sha256,
    plan, digest, compiler_version, published_by, published_at from playbook_versions where tenant_id = 'default'`);
  await owner.query(
    `insert into runs (tenant_id, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key,
      trigger_id, mode, priority, state, given, started_by, created_at, ended_at)
     select 'other', id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key, trigger_id, mode,
      priority, state, given, started_by, created_at, ended_at from runs where id = $1`,
    [run],
  );
  expect((await letGoAll(app)).removed.runs).toBe(1);
  const { rows } = await owner.query('select tenant_id from runs where id = $1', [run]);
  expect(rows).toEqual([{ tenant_id: 'other' }]);
});

it('has words for every reason that the database gives', async () => {
  const { rows } = await owner.query<{ name: string; source: string }>(
    `select proname as name, prosrc as source from pg_proc where proname in ('why_kept', 'let_go')`,
  );
  const said = rows.flatMap(({ name, source }) => [
    ...source.matchAll(name === 'why_kept' ? /then '([a-z-]+)'/g : /reason := '([a-z-]+)'/g),
  ]);
  expect(new Set(said.map(([, word]) => word))).toEqual(new Set(Object.keys(keepReasons)));
});
