import { describe, expect, it } from 'vitest';
import type { DeadlineKind } from '../../engine/core/contracts/command.ts';
import { advanceRuns } from '../../engine/runtime/advance-run.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { claimAttempts } from '../../engine/runtime/store/queries/claim-attempts.ts';
import { type AttemptId, defaultTenant, type RunId } from '../../schemas/ids.ts';
import { actor, openMatching } from '../match/open-matching.ts';
import { makeDue, openDeadlines } from '../support/make-due.ts';

/** News for a run that has ended: taken, written down, and never found again by the sweepers. */

const playbook = `kind: playbook/v1
id: isolate-by-hand
title: Isolate by hand
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers:
  - { id: by_hand, type: manual, targets: [host] }
inputs:
  host_id: { type: string, from: { by_hand: "\${{ target.id }}" } }
guards:
  - { id: never_this, applies_to: [contain], deny_if: 'guard.target.id == "H0"', message: not this one }
steps:
  - id: isolate
    action: edr.isolate-host@1
    with: { host_id: "\${{ inputs.host_id }}", comment: test }
`;

const { database, engine, publish } = await openMatching();
const { parts } = engine;
await publish(playbook);

async function begin(host: string): Promise<RunId> {
  const started = await startRunByHand(parts, engine.admitter, {
    playbookId: 'isolate-by-hand',
    target: { kind: 'host', id: host },
    inputs: {},
    actor,
    roles: [],
    groups: [],
    personId: null,
    mode: null,
  });
  if (!started.ok) throw new Error(started.detail);
  return started.runId;
}

async function claimNext(runId: RunId): Promise<{ id: AttemptId; fence: number }> {
  const { rows } = await database.app.query<{ id: AttemptId }>(
    `select id from attempts where run_id = $1 and state = 'queued'`,
    [runId],
  );
  const claimed = await database.app.transaction((tx) =>
    claimAttempts(
      tx,
      defaultTenant,
      rows.map((row) => row.id),
      'worker',
      60_000,
    ),
  );
  const [attempt] = claimed;
  if (attempt === undefined) throw new Error('nothing was claimed');
  return attempt;
}

async function passDeadline(runId: RunId, kind: DeadlineKind): Promise<void> {
  await makeDue(database.owner, kind, runId);
  await advanceRuns(parts, [{ kind: 'alarm', runId, path: 'run' }]);
}

async function rowOf(runId: RunId) {
  const { rows } = await database.app.query(
    `select r.state, ${openDeadlines('$1')} as deadlines,
       (select count(*)::int from outbox o join attempts a on a.id = o.attempt_id where a.run_id = r.id) as outbox,
       (select count(*)::int from attempts a where a.run_id = r.id and a.state in ('queued', 'claimed')) as open
     from runs r where r.id = $1`,
    [runId],
  );
  return rows[0];
}

const ended = (state: string) => ({ state, deadlines: 0, outbox: 0, open: 0 });

describe('news for a run that has ended', () => {
  it('from a worker that was still looking is taken, and the run stays as it ended', async () => {
    const runId = await begin('H1');
    const first = await claimNext(runId);
    const accepted = { kind: 'accepted' as const, handle: { id: 'm1' }, pollAfterMs: 0 };
    await advanceRuns(parts, [
      {
        kind: 'report',
        runId,
        path: 'run',
        attemptId: first.id,
        fence: first.fence,
        reported: { of: 'action', outcome: accepted },
      },
    ]);
    await passDeadline(runId, 'poll');
    const look = await claimNext(runId);
    await passDeadline(runId, 'deadline');
    expect(await rowOf(runId)).toMatchObject({ state: 'waiting', open: 1 });
    await passDeadline(runId, 'answer');
    expect(await rowOf(runId)).toMatchObject({ state: 'failed', open: 1 });
    const done = { kind: 'succeeded' as const, outputs: {} };
    await advanceRuns(parts, [
      {
        kind: 'report',
        runId,
        path: 'run',
        attemptId: look.id,
        fence: look.fence,
        reported: { of: 'action', outcome: done },
      },
    ]);
    expect(await rowOf(runId)).toEqual(ended('failed'));
    const { rows } = await database.app.query('select state, settled_by, late from tasks where run_id = $1', [
      runId,
    ]);
    expect(rows).toEqual([
      {
        state: 'unanswered',
        settled_by: 'silence',
        late: [expect.objectContaining({ attempt: look.id, outcome: 'succeeded', says: 'happened' })],
      },
    ]);
  });

  it('does not come from a worker whose attempt was taken back at the deadline', async () => {
    const runId = await begin('H2');
    await passDeadline(runId, 'deadline');
    expect(await rowOf(runId)).toEqual(ended('failed'));
  });

  it('leaves nothing behind when the run halted because of a mistake in the engine', async () => {
    const runId = await begin('H3');
    const attempt = await claimNext(runId);
    const nonsense = { kind: 'failed', failure: null } as never;
    await advanceRuns(parts, [
      {
        kind: 'report',
        runId,
        path: 'run',
        attemptId: attempt.id,
        fence: attempt.fence,
        reported: { of: 'action', outcome: nonsense },
      },
    ]);
    expect(await rowOf(runId)).toEqual(ended('failed'));
    await advanceRuns(parts, [
      {
        kind: 'ask',
        runId,
        path: 'run',
        resolve: async () => ({
          events: [{ type: 'run.cancel', by: 'per_1', reason: '', undo: false }],
          entries: [],
        }),
      },
    ]);
    expect(await rowOf(runId)).toEqual(ended('failed'));
  });
});
