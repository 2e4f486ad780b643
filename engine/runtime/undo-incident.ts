import type { Code } from '../../schemas/codes.ts';
import type { IncidentId, RunId } from '../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../core/contracts/entry.ts';
import { type ExplainedRecord, explainUndo } from '../core/undo/explain-undo.ts';
import { emptyBatch } from './batch.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { runsToUndo } from './store/queries/incident-undo.ts';
import { lockIncidents } from './store/queries/incidents.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { type HolderView, holdersOf } from './store/queries/undo-holders.ts';
import type { Narrowing } from './store/queries/undo-records.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import type { Tx } from './store/sql.ts';
import { entriesOfUndo, idsOf, narrowed, type TakenUp, takeUpRun } from './undo-run.ts';

/*
 * A person takes back everything that was done for an incident. Its ended runs are claimed in one
 * transaction, the newest first, so that a record of one is explained by what happens to the others;
 * from there on each is the undo of that run. Runs under way are named and not touched.
 */

export interface UndoIncidentInput {
  id: string;
  only: Narrowing;
  reason: string;
  actor: Actor;
  personId: string | null;
  requestId: string;
}

export interface UntouchedRun {
  id: RunId;
  state: string;
  code: Code;
  detail: string;
}

export type UndoIncidentAnswer =
  | {
      ok: true;
      runs: { id: RunId; records: ExplainedRecord<HolderView>[] }[];
      untouched: UntouchedRun[];
      /** More runs than one call takes up: the same call goes on with them. */
      more: boolean;
    }
  | { ok: false; code: Code; detail: string };

/** One transaction holds this many rows of runs locked; an incident of more is taken back in several calls. */
export const undoRunsMax = 100;

export async function undoIncident(
  parts: EngineParts,
  input: UndoIncidentInput,
): Promise<UndoIncidentAnswer> {
  const { answer, mail } = await parts.database.transaction((tx) => undoAll(tx, parts, input), {
    retries: 3,
  });
  parts.afterCommit({ entries: true, mail });
  return answer;
}

async function undoAll(
  tx: Tx,
  parts: EngineParts,
  input: UndoIncidentInput,
): Promise<{ answer: UndoIncidentAnswer; mail: ScopeName[] }> {
  const { tenant } = parts;
  // Locked: two who ask at the same time come one after the other, and the second sees what was begun.
  const [incident] = await lockIncidents(tx, tenant, [input.id]);
  if (incident === undefined)
    return refuse(tx, parts, input, null, 'request/not-found', 'there is no such incident');
  // The order comes before what it begins, in the log as in the story.
  const nowMs = await databaseNowMs(tx);
  const found = await runsToUndo(tx, tenant, input.id, input.only, undoRunsMax + 1);
  const batch = emptyBatch();
  const taken: TakenUp[] = [];
  const untouched: UntouchedRun[] = [];
  for (const { id, state } of found.slice(0, undoRunsMax)) {
    const one = await takeUpRun(tx, parts, batch, { ...input, runId: id, steps: null });
    if (one.ok) taken.push(one);
    // A run that was taken up again is taken back with the one that took it up.
    else if (one.code !== 'undo/nothing-left' && !taken.some(({ runId }) => runId === one.onward))
      untouched.push({ id, state, code: one.code, detail: one.detail });
  }
  if (taken.length === 0) {
    const names = untouched.map(({ id, detail }) => `; ${id}: ${detail}`).join('');
    const detail = `no ended run of the incident has anything left that could be taken back${names}`;
    return refuse(tx, parts, input, incident.id, 'undo/nothing-left', detail.slice(0, 2_000));
  }
  const { told: mail } = await writeBatch(tx, tenant, batch);
  const explained = explainUndo(
    await holdersOf(
      tx,
      tenant,
      taken.flatMap(({ records }) => idsOf(records)),
    ),
  );
  const entry: EntryDraft = {
    ...requested(input),
    incidentId: incident.id,
    data: {
      ...narrowed(input.only),
      runs: taken.map(({ runId }) => runId),
      untouched: untouched.map(({ id, state, code }) => ({ run: id, state, code })),
      records: explained.length,
    },
  };
  const perRun = taken.flatMap((run) =>
    entriesOfUndo(run, { ...input, runId: run.runId, steps: null }, explained, incident.id),
  );
  await recordAudit(tx, tenant, nowMs, [entry, ...perRun], parts.mint);
  parts.pass?.('undo.before-commit');
  const runs = taken.map(({ runId, records }) => {
    const own = new Set(idsOf(records));
    return { id: runId, records: explained.filter(({ id }) => own.has(id)) };
  });
  return { answer: { ok: true, runs, untouched, more: found[undoRunsMax]?.open === false }, mail };
}

function requested({ actor, reason, requestId }: UndoIncidentInput) {
  return { type: 'incident.undo-requested' as const, actor, reason, requestId };
}

/** Nothing was claimed: what is written is that somebody asked. */
async function refuse(
  tx: Tx,
  parts: EngineParts,
  input: UndoIncidentInput,
  known: IncidentId | null,
  code: Code,
  detail: string,
): Promise<{ answer: UndoIncidentAnswer; mail: ScopeName[] }> {
  const entry: EntryDraft = {
    ...requested(input),
    ...(known !== null && { incidentId: known }),
    outcome: 'denied',
    code,
    data: { ...narrowed(input.only), incident: input.id.slice(0, 200), refused: detail },
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return { answer: { ok: false, code, detail }, mail: [] };
}
