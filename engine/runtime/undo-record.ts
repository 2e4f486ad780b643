import type { Code } from '../../schemas/codes.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import { explainUndo } from '../core/undo/explain-undo.ts';
import { foundDigest } from '../core/undo/found-digest.ts';
import { refOfRelease, undoAfterEnd } from '../core/undo/undo-after-end.ts';
import { emptyBatch } from './batch.ts';
import { rootScope } from './create-run.ts';
import type { EngineParts } from './engine-parts.ts';
import { withdrawals } from './let-go.ts';
import { openUndo } from './open-undo.ts';
import { isLoadable } from './park-runs.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { lockOwnRun, lockRecord, type OneRecord } from './store/queries/one-record.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import { holdersOf } from './store/queries/undo-holders.ts';
import { planUndo } from './store/queries/undo-records.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import type { Tx } from './store/sql.ts';
import { entriesOfUndo, idsOf, type Refused, takeUpRun, type UndoInput, writeRefusal } from './undo-run.ts';

/*
 * A person takes one record back, whatever run it belongs to: one that stands, one that failed, or one whose
 * target was changed since. An ended run is taken up like for any undo; of one that moves still only this
 * record is, beside its steps, as at the end of a lease.
 */

export interface UndoRecordInput {
  recordId: UndoId;
  /** Digest of the state that the target was found in: the inverse is ordered although it was changed since. */
  overwrite: string | null;
  reason: string;
  actor: Actor;
  personId: string | null;
  requestId: string;
}

export type UndoRecordAnswer = { ok: true; runId: string } | Refused;

export async function undoRecord(parts: EngineParts, input: UndoRecordInput): Promise<UndoRecordAnswer> {
  const { answer, mail } = await parts.database.transaction((tx) => begin(tx, parts, input), { retries: 3 });
  if (answer.ok) parts.pass?.('undo.committed');
  parts.afterCommit({ entries: true, mail });
  return answer;
}

type Begun = { answer: UndoRecordAnswer; mail: ScopeName[] };

async function begin(tx: Tx, parts: EngineParts, input: UndoRecordInput): Promise<Begun> {
  const record = await lockRecord(tx, parts.tenant, input.recordId);
  const refusal =
    record === null ? refuse('request/not-found', 'there is no such undo record') : judge(record, input);
  if (record === null || refusal !== null) return refused(tx, parts, input, record, refusal);
  const order: UndoInput = {
    ...input,
    runId: record.root,
    steps: null,
    only: { action: null, record: record.id },
    ...(input.overwrite !== null && { knowing: true as const }),
  };
  const batch = emptyBatch();
  const taken = await takeUpRun(tx, parts, batch, order);
  if (taken.ok) {
    const { told: mail } = await writeBatch(tx, parts.tenant, batch);
    const explained = explainUndo(await holdersOf(tx, parts.tenant, idsOf(taken.records)));
    await recordAudit(tx, parts.tenant, taken.nowMs, entriesOfUndo(taken, order, explained), parts.mint);
    parts.pass?.('undo.before-commit');
    return { answer: { ok: true, runId: record.root }, mail };
  }
  if (taken.code !== 'undo/not-ended') return refused(tx, parts, input, record, taken);
  return besideItsSteps(tx, parts, input, record);
}

function judge(record: OneRecord, { overwrite }: UndoRecordInput): Refused | null {
  if (record.state === 'undoing') return refuse('undo/not-ended', 'it is being taken back already');
  if (!['done', 'undo-failed', 'changed-since', 'irreversible'].includes(record.state))
    return refuse('undo/nothing-left', `it is ${record.state}; there is nothing left to take back`);
  // An undo of its run closes it as that; somebody who wants this target free is to know that it will not be.
  if (record.irreversible !== null)
    return refuse('undo/no-inverse', `nothing takes it back: ${record.irreversible}`);
  if (record.rootUndoing)
    return refuse('undo/not-ended', 'its run is being taken back just now; try again when that has ended');
  if (overwrite === null) return null;
  if (record.found === null)
    return refuse(
      'request/conflict',
      'nothing was found that this would overwrite; take it back without that',
    );
  if (foundDigest(record.found) !== overwrite)
    return refuse('request/conflict', 'the target was found in another state since; look at it again');
  return null;
}

/** The run goes on meanwhile; when it comes to take its work back itself, this record is not left to it. */
async function besideItsSteps(
  tx: Tx,
  parts: EngineParts,
  input: UndoRecordInput,
  record: OneRecord,
): Promise<Begun> {
  const { tenant } = parts;
  const run = await lockOwnRun(tx, tenant, record.runId);
  if (run === null || !isLoadable(run)) {
    const detail = 'the run was compiled by another version of the engine; take it back by hand';
    return refused(tx, parts, input, record, refuse('run/needs-engine', detail));
  }
  const { records, asking } = await planUndo(tx, tenant, record.runId, null, {
    action: null,
    record: record.id,
  });
  if (records.length === 0)
    return refused(
      tx,
      parts,
      input,
      record,
      refuse('undo/nothing-left', 'there is nothing left to take back'),
    );
  const nowMs = await databaseNowMs(tx);
  const { plan } = await parts.loadPlan(run.digest);
  const env = { plan, given: run.given, scope: rootScope, nowMs, connections: parts.connections };
  const number = run.earlier + 1;
  const ref = refOfRelease(Number(record.seq), number);
  const excluded = await peopleBehind(tx, tenant, [input.personId, input.actor.id]);
  const order = undoAfterEnd(env, decodeSnapshot(run.snapshot), {
    ref,
    records,
    excluded,
    ...(input.overwrite !== null && { knowing: true as const }),
  });
  const batch = emptyBatch();
  openUndo(batch, record.runId, order, { number, name: `Take back: ${record.stepName}`, nowMs });
  batch.letters.push(...withdrawals(asking));
  const { told: mail } = await writeBatch(tx, tenant, batch);
  const entry: EntryDraft = {
    ...requested(input, record),
    playbook: { id: run.playbookId, version: plan.playbook.version, digest: run.digest },
    data: {
      record: record.id,
      beside_its_steps: true,
      ...(input.overwrite !== null && { overwrites: [{ record: record.id, found: record.found ?? {} }] }),
    },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  parts.pass?.('undo.before-commit');
  return { answer: { ok: true, runId: record.runId }, mail };
}

function requested({ actor, reason, requestId }: UndoRecordInput, record: OneRecord) {
  return {
    type: 'run.undo-requested' as const,
    actor,
    runId: record.runId,
    step: record.stepPath,
    ...(record.target === null ? {} : { targets: [record.target] }),
    reason,
    requestId,
  };
}

async function refused(
  tx: Tx,
  parts: EngineParts,
  input: UndoRecordInput,
  record: OneRecord | null,
  refusal: Refused | null,
): Promise<Begun> {
  const answer = refusal ?? refuse('request/not-found', 'there is no such undo record');
  const runId = record?.runId ?? ('' as OneRecord['runId']);
  const only = { action: null, record: input.recordId.slice(0, 200) };
  await writeRefusal(tx, parts, { ...input, runId, steps: null, only }, answer);
  return { answer, mail: [] };
}

function refuse(code: Code, detail: string): Refused {
  return { ok: false, code, detail };
}
