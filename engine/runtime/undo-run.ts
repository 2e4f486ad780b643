import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import type { UndoRecord } from '../core/contracts/scope.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import { type ExplainedRecord, explainUndo } from '../core/undo/explain-undo.ts';
import { refAfterEnd, undoAfterEnd } from '../core/undo/undo-after-end.ts';
import { type Batch, emptyBatch } from './batch.ts';
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
import { holdersOf } from './store/queries/undo-holders.ts';
import { type Narrowing, planUndo } from './store/queries/undo-records.ts';
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
  /** Of these only the records of one action, or one record. */
  only?: Narrowing;
  /** Of one record: although the target was changed since, which people are then asked about. */
  knowing?: true;
  reason: string;
  actor: Actor;
  personId: string | null;
  requestId: string;
}

/** `onward`: the run to go to instead. */
export type Refused = { ok: false; code: Code; detail: string; onward?: RunId };

export type UndoAnswer = { ok: true; records: number } | Refused;

const deadlockRetries = { retries: 3 };

export async function undoRun(parts: EngineParts, input: UndoInput): Promise<UndoAnswer> {
  const { answer, mail } = await parts.database.transaction(
    (tx) => beginUndoOf(tx, parts, input),
    deadlockRetries,
  );
  if (answer.ok) parts.pass?.('undo.committed');
  parts.afterCommit({ entries: true, mail });
  return answer;
}

async function beginUndoOf(
  tx: Tx,
  parts: EngineParts,
  input: UndoInput,
): Promise<{ answer: UndoAnswer; mail: ScopeName[] }> {
  const { tenant } = parts;
  const batch = emptyBatch();
  const taken = await takeUpRun(tx, parts, batch, input);
  if (!taken.ok) {
    await writeRefusal(tx, parts, input, taken);
    return { answer: taken, mail: [] };
  }
  const { told: mail } = await writeBatch(tx, tenant, batch);
  const explained = explainUndo(await holdersOf(tx, tenant, idsOf(taken.records)));
  const entries = entriesOfUndo(taken, input, explained);
  await recordAudit(tx, tenant, taken.nowMs, entries, parts.mint);
  parts.pass?.('undo.before-commit');
  return { answer: { ok: true, records: taken.records.length }, mail };
}

/** A run whose records are claimed; its loop stands in the batch. */
export interface TakenUp {
  ok: true;
  run: UndoableRun;
  runId: RunId;
  version: string;
  ref: string;
  records: UndoRecord[];
  nowMs: number;
}

/** Judges and claims one run; nothing is changed where the answer is a refusal. */
export async function takeUpRun(
  tx: Tx,
  parts: EngineParts,
  batch: Batch,
  input: UndoInput,
): Promise<TakenUp | Refused> {
  const { tenant } = parts;
  const { runId, steps } = input;
  const run = await lockUndoable(tx, tenant, runId);
  const refusal = run === null ? noSuchRun : refusalOf(run);
  if (run === null || refusal !== null) return refusal ?? noSuchRun;
  if (steps !== null) {
    const [unknown] = await unknownSteps(tx, tenant, runId, steps);
    if (unknown !== undefined) return refuse('request/invalid', `the run has no step ${unknown}`);
  }
  const { records, asking } = await planUndo(tx, tenant, runId, steps, input.only);
  if (records.length === 0) {
    const part = steps !== null || input.only?.action != null || input.only?.record != null;
    const what = part ? 'what was chosen of the run' : 'the run';
    return refuse('undo/nothing-left', `${what} has nothing left that could be taken back`);
  }
  const nowMs = await databaseNowMs(tx);
  const { plan } = await parts.loadPlan(run.digest);
  const { given, earlier } = run;
  const ref = refAfterEnd(earlier + 1);
  const env = { plan, given, scope: rootScope, nowMs, connections: parts.connections };
  const excluded = await peopleBehind(tx, tenant, [input.personId, input.actor.id]);
  const order = undoAfterEnd(env, decodeSnapshot(run.snapshot), {
    ref,
    records,
    excluded,
    ...(input.knowing !== undefined && { knowing: input.knowing }),
  });
  openUndo(batch, runId, order, { number: earlier + 1, name: 'Take back', nowMs });
  batch.letters.push(...withdrawals(asking));
  await beginUndo(tx, tenant, runId, ref);
  parts.pass?.('undo.claimed');
  return { ok: true, run, runId, version: plan.playbook.version, ref, records, nowMs };
}

/** What was ordered, and for each record what will follow as things stand when it is ordered. */
export function entriesOfUndo(
  { run, runId, version, ref, records }: TakenUp,
  input: UndoInput,
  explained: readonly ExplainedRecord[],
  incident?: string,
): EntryDraft[] {
  const playbook = { id: run.playbookId, version, digest: run.digest };
  const { steps, only, reason } = input;
  const about = new Map(explained.map((record) => [record.id, record]));
  return [
    {
      type: 'run.undo-requested',
      actor: input.actor,
      runId,
      playbook,
      reason,
      requestId: input.requestId,
      data: {
        state: run.state,
        steps: steps === null ? 'all' : [...steps],
        ...narrowed(only),
        ...(input.knowing === true && {
          overwrites: records.map(({ id, seen }) => ({ record: id, found: seen?.found ?? {} })),
        }),
        ...(incident !== undefined && { incident }),
      },
    },
    {
      type: 'undo.planned',
      actor: { kind: 'system', id: 'engine', channel: 'engine' },
      runId,
      playbook,
      step: ref,
      reason,
      data: {
        records: records.map((record) => {
          const { follows = 'undo', heldBy = [] } = about.get(record.id) ?? {};
          return {
            record: record.id,
            run: record.runId,
            step: record.stepPath,
            follows,
            ...(heldBy.length > 0 && { held_by: [...heldBy] }),
          };
        }),
      },
    },
  ];
}

/** Nothing was claimed: what is written is that somebody asked. A run that is not there is named as it was asked for. */
export async function writeRefusal(
  tx: Tx,
  parts: EngineParts,
  input: Pick<UndoInput, 'runId' | 'actor' | 'reason' | 'requestId' | 'steps' | 'only'>,
  { code, detail }: Refused,
): Promise<void> {
  const known = code !== 'request/not-found';
  const { runId, steps, only, actor, reason, requestId } = input;
  const entry: EntryDraft = {
    type: 'run.undo-requested',
    actor,
    ...(known && { runId }),
    reason,
    requestId,
    outcome: 'denied',
    code,
    data: {
      ...(!known && { run: runId.slice(0, 200) }),
      steps: steps === null ? 'all' : steps.slice(0, 20).map((step) => step.slice(0, 200)),
      ...narrowed(only),
      refused: detail.slice(0, 1_000),
    },
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
}

/** As entries say it: only what was chosen. */
export function narrowed(only: Narrowing | undefined): JsonObject {
  return {
    ...(only?.action != null && { action: only.action }),
    ...(only?.record != null && { record: only.record }),
  };
}

export function idsOf(records: readonly UndoRecord[]): string[] {
  return records.map(({ id }) => id);
}

const noSuchRun = refuse('request/not-found', 'there is no such run');

function refusalOf(run: UndoableRun): Refused | null {
  if (run.state === 'undoing' && run.ended)
    return refuse('undo/not-ended', 'somebody is taking this run back already; follow it there');
  if (!run.ended)
    return refuse('undo/not-ended', `the run is ${run.state}; cancel it with undo to take back what it did`);
  if (run.onward !== null) {
    const detail = `${run.onward} goes on from what this run did and ${insteadOf(run.onwardState)}`;
    return { ...refuse('undo/not-ended', detail), onward: run.onward };
  }
  if (!isLoadable(run)) {
    const detail = 'the run was compiled by another version of the engine; take it back by hand';
    return refuse('run/needs-engine', detail);
  }
  return null;
}

function insteadOf(state: string | null): string {
  switch (state) {
    case 'undoing':
      return 'is being taken back, this run with it; follow it there';
    case 'queued':
      return 'has not begun; cancel that one, then take this one back';
    default:
      return `is ${state}; cancel that one with undo, or wait for its end`;
  }
}

function refuse(code: Code, detail: string): Refused {
  return { ok: false, code, detail };
}
