import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { refAfterEnd, undoAfterEnd } from '../core/undo/undo-after-end.ts';
import { emptyBatch } from './batch.ts';
import { rootScope } from './create-run.ts';
import type { EngineParts } from './engine-parts.ts';
import { withdrawals } from './let-go.ts';
import { openUndo } from './open-undo.ts';
import { isLoadable } from './park-runs.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import { beginUndo, lockUndoable, type UndoableRun, unknownSteps } from './store/queries/undo-ended.ts';
import { planUndo } from './store/queries/undo-records.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import type { Tx } from './store/sql.ts';

/*
 * A person takes back what an ended run did, all of it or chosen steps (language reference 6). One
 * transaction claims the records, opens the loop over them and says so on the run's row; from there on
 * it is the undo of every run, with its holds, guards and approvals. Whoever asks second is told.
 */

export interface UndoInput {
  runId: RunId;
  /** Runtime paths, e.g. `run/isolate`; a loop's path means all its items. Null: everything. */
  steps: readonly string[] | null;
  reason: string;
  actor: Actor;
  personId: string | null;
  requestId: string;
}

export type UndoAnswer = { ok: true; records: number } | { ok: false; code: Code; detail: string };

const deadlockRetries = { retries: 3 };

export async function undoRun(parts: EngineParts, input: UndoInput): Promise<UndoAnswer> {
  const { answer, mail } = await parts.database.transaction(
    (tx) => beginUndoOf(tx, parts, input),
    deadlockRetries,
  );
  if (answer.ok) parts.pass?.('undo.committed');
  if (answer.ok) parts.afterCommit({ entries: true, mail });
  return answer;
}

async function beginUndoOf(
  tx: Tx,
  parts: EngineParts,
  input: UndoInput,
): Promise<{ answer: UndoAnswer; mail: ScopeName[] }> {
  const { tenant } = parts;
  const { runId, steps } = input;
  const run = await lockUndoable(tx, tenant, runId);
  const refusal = run === null ? noSuchRun : refusalOf(run);
  if (run === null || refusal !== null) return { answer: refusal ?? noSuchRun, mail: [] };
  if (steps !== null) {
    const [unknown] = await unknownSteps(tx, tenant, runId, steps);
    if (unknown !== undefined)
      return { answer: refuse('request/invalid', `the run has no step ${unknown}`), mail: [] };
  }
  const { records, asking } = await planUndo(tx, tenant, runId, steps);
  if (records.length === 0) {
    const what = steps === null ? 'the run' : 'what was chosen of the run';
    return {
      answer: refuse('undo/nothing-left', `${what} has nothing left that could be taken back`),
      mail: [],
    };
  }
  const nowMs = await databaseNowMs(tx);
  const { plan } = await parts.loadPlan(run.digest);
  const { given, earlier } = run;
  const ref = refAfterEnd(earlier + 1);
  const env = { plan, given, scope: rootScope, nowMs, connections: parts.connections };
  const excluded = await peopleBehind(tx, tenant, [input.personId, input.actor.id]);
  const order = undoAfterEnd(env, JSON.parse(run.snapshot) as ScopeSnapshot, { ref, records, excluded });
  const batch = emptyBatch();
  openUndo(batch, runId, order, { number: earlier + 1, name: 'Take back', nowMs });
  batch.letters.push(...withdrawals(asking));
  await beginUndo(tx, tenant, runId, ref);
  parts.pass?.('undo.claimed');
  const mail = await writeBatch(tx, tenant, batch);
  const playbook = { id: run.playbookId, version: plan.playbook.version, digest: run.digest };
  const entries: EntryDraft[] = [
    {
      type: 'run.undo-requested',
      actor: input.actor,
      runId,
      playbook,
      reason: input.reason,
      requestId: input.requestId,
      data: { state: run.state, steps: steps === null ? 'all' : [...steps] },
    },
    {
      type: 'undo.planned',
      actor: { kind: 'system', id: 'engine', channel: 'engine' },
      runId,
      playbook,
      step: ref,
      reason: input.reason,
      data: {
        records: records.map((record) => ({ record: record.id, run: record.runId, step: record.stepPath })),
      },
    },
  ];
  await recordAudit(tx, tenant, nowMs, entries, parts.mint);
  parts.pass?.('undo.before-commit');
  return { answer: { ok: true, records: records.length }, mail };
}

const noSuchRun = refuse('request/not-found', 'there is no such run');

function refusalOf(run: UndoableRun): UndoAnswer | null {
  if (run.state === 'undoing' && run.ended)
    return refuse('undo/not-ended', 'somebody is taking this run back already; follow it there');
  if (!run.ended)
    return refuse('undo/not-ended', `the run is ${run.state}; cancel it with undo to take back what it did`);
  if (run.restart !== null) {
    const detail = `the run was taken up again as ${run.restart}, which is under way; cancel that one with undo`;
    return refuse('undo/not-ended', detail);
  }
  if (!isLoadable(run)) {
    const detail = 'the run was compiled by another version of the engine; take it back by hand';
    return refuse('run/needs-engine', detail);
  }
  return null;
}

function refuse(code: Code, detail: string): { ok: false; code: Code; detail: string } {
  return { ok: false, code, detail };
}
