import type { Code } from '../../schemas/codes.ts';
import type { UndoId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { closeRecord, lockRecord, type OneRecord } from './store/queries/one-record.ts';
import { settleIncomplete } from './store/queries/undo-ended.ts';
import type { Tx } from './store/sql.ts';

/**
 * A person has looked at a target that could not be taken back, or that somebody has changed since, and closes
 * its record with a reason (language reference 6). Nothing is sent; what the target shows stays.
 */
export interface LeaveAsIsInput {
  recordId: UndoId;
  reason: string;
  actor: Actor;
  requestId: string;
}

export type LeftAsIs = { ok: true; runState: string | null } | { ok: false; code: Code; detail: string };

export async function leaveAsIs(parts: EngineParts, input: LeaveAsIsInput): Promise<LeftAsIs> {
  const answer = await parts.database.transaction((tx) => leave(tx, parts, input));
  parts.afterCommit({ entries: true, mail: [] });
  return answer;
}

async function leave(tx: Tx, parts: EngineParts, input: LeaveAsIsInput): Promise<LeftAsIs> {
  const { tenant } = parts;
  const record = await lockRecord(tx, tenant, input.recordId);
  const closed = record !== null && (await closeRecord(tx, tenant, record.id));
  const nowMs = await databaseNowMs(tx);
  if (record === null || !closed) {
    const code: Code = record === null ? 'request/not-found' : 'request/conflict';
    const detail =
      record === null
        ? 'there is no such undo record'
        : `it is ${record.state}; only what could not be taken back is closed by hand`;
    const data = { record: input.recordId.slice(0, 200), refused: detail };
    const entry: EntryDraft = { ...about(input, record), outcome: 'denied', code, data };
    await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
    return { ok: false, code, detail };
  }
  const settled = await settleIncomplete(tx, tenant, record.runId);
  const runState = settled.find(({ id }) => id === record.root)?.state ?? null;
  const { failure, expected, found } = record;
  const entry: EntryDraft = {
    ...about(input, record),
    outcome: 'success',
    data: {
      record: record.id,
      action: record.action,
      before: record.state,
      ...(failure !== null && { failure: failure.code }),
      ...(found !== null && { expected: expected ?? {}, found }),
      ...(runState !== null && { run: record.root, run_state: runState }),
    },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  return { ok: true, runState };
}

function about({ actor, reason, requestId }: LeaveAsIsInput, record: OneRecord | null) {
  return {
    type: 'undo.left-as-is' as const,
    actor,
    ...(record !== null && { runId: record.runId, step: record.stepPath }),
    ...(record?.target != null && { targets: [record.target] }),
    reason,
    requestId,
  };
}
