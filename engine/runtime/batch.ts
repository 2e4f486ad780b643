import type { ApprovalId, AttemptId, DeadlineId, MintId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { canonicalBytes } from '../core/approval/action-plan.ts';
import type { Command, DeadlineKind } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { assertNever } from '../core/contracts/invariant.ts';
import type { Plan } from '../core/contracts/plan.ts';
import { liveState, type Snapshot, type StepState } from '../core/run/context.ts';
import { allSteps } from '../core/run/list-steps.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';

/*
 * What one advance transaction will write, gathered as rows per table and written set-based. Rows
 * of many runs share the statements; nothing here talks to the database.
 */

export interface AttemptRow {
  id: AttemptId;
  run_id: RunId;
  step_path: string;
  purpose: string;
  number: number;
  generation: number;
  action_key: string;
  action: string;
  action_version: string;
  class: string;
  system: string;
  connection: string;
  arguments: JsonObject;
  handle: JsonObject | null;
  target_kind: string | null;
  target_id: string | null;
  priority: number;
  timeout_ms: number;
  intent_entry_id: string;
  revoked: boolean;
}

export interface Batch {
  scopes: { run_id: RunId; version: number; snapshot: string }[];
  runs: {
    id: RunId;
    state: string;
    reason: string | null;
    outputs: JsonObject | null;
    waiting_for: JsonObject[];
    ended: boolean;
  }[];
  steps: JsonObject[];
  attempts: AttemptRow[];
  deadlines: {
    id: DeadlineId;
    run_id: RunId;
    ref: string;
    kind: DeadlineKind;
    seq: number;
    due_ms: number;
  }[];
  clearedDeadlines: { run_id: RunId; ref: string; kind: DeadlineKind }[];
  approvals: JsonObject[];
  endedApprovals: { run_id: RunId; step_path: string; outcome: string }[];
  widenedApprovals: { run_id: RunId; step_path: string; approvers: string[] }[];
  facts: { kind: string; target_id: string; facts: JsonObject }[];
  entries: EntryDraft[];
  /** Groups whose place became free; somebody may be waiting for it. */
  freedGroups: string[];
}

export function emptyBatch(): Batch {
  return {
    scopes: [],
    runs: [],
    steps: [],
    attempts: [],
    deadlines: [],
    clearedDeadlines: [],
    approvals: [],
    endedApprovals: [],
    widenedApprovals: [],
    facts: [],
    entries: [],
    freedGroups: [],
  };
}

/** Turns one command into rows. `check-guards` and `revoke-attempt` are answered before, inside the transaction. */
export function gather(
  batch: Batch,
  command: Command,
  scope: LockedScope,
  mint: MintId,
  given: { entryId: string },
): void {
  const runId = scope.runId;
  switch (command.kind) {
    case 'enqueue-attempt':
      batch.attempts.push(attemptRow(command, scope, mint, given.entryId));
      return;
    case 'set-deadline':
      batch.deadlines.push({
        id: mint('DeadlineId'),
        run_id: runId,
        ref: command.ref,
        kind: command.deadline,
        seq: command.seq,
        due_ms: command.atMs,
      });
      return;
    case 'clear-deadlines':
      dropDeadlines(batch, runId, command);
      return;
    case 'request-approval':
      batch.approvals.push(approvalRow(command, scope, mint('ApprovalId')));
      return;
    case 'end-approval':
      if (endInBatch(batch, runId, command)) return;
      batch.endedApprovals.push({ run_id: runId, step_path: command.ref, outcome: command.outcome });
      return;
    case 'widen-approval':
      batch.widenedApprovals.push({ run_id: runId, step_path: command.ref, approvers: command.approvers });
      return;
    case 'remember-facts':
      batch.facts.push({ kind: command.target.kind, target_id: command.target.id, facts: command.facts });
      return;
    case 'finish-run':
    case 'check-guards':
    case 'revoke-attempt':
      return;
    default:
      assertNever(command, 'command');
  }
}

/** The readable state of a run: its row and the steps that changed. */
export function gatherState(
  batch: Batch,
  plan: Plan,
  scope: LockedScope,
  before: Snapshot,
  after: Snapshot,
  finish: Extract<Command, { kind: 'finish-run' }> | undefined,
): void {
  const runId = scope.runId;
  batch.scopes.push({ run_id: runId, version: scope.version, snapshot: JSON.stringify(after) });
  const state = finish?.outcome ?? (after.context.started ? liveState(after) : 'queued');
  batch.runs.push({
    id: runId,
    state,
    reason: finish?.reason ?? null,
    outputs: finish?.outputs ?? null,
    waiting_for: finish === undefined ? waitingFor(plan, after) : [],
    ended: finish !== undefined,
  });
  if (finish !== undefined && scope.concurrencyGroup !== null) batch.freedGroups.push(scope.concurrencyGroup);
  for (const [position, step] of allSteps(plan).entries()) {
    const now = after.context.steps[step.path];
    if (now === undefined || now === before.context.steps[step.path]) continue;
    batch.steps.push({
      run_id: runId,
      path: step.path,
      position,
      kind: step.kind,
      name: step.name,
      action: step.kind === 'action' ? step.action.key : null,
      ...stepRow(now),
    });
  }
}

function stepRow(step: StepState): JsonObject {
  return {
    status: step.status,
    phase: step.phase,
    attempts: step.attempts,
    target_kind: step.target?.kind ?? null,
    target_id: step.target?.id ?? null,
    simulated: step.simulated,
    outputs: step.outputs,
    failure: step.failure as JsonObject | null,
    denial: step.denial as JsonObject | null,
    approval: step.approval as JsonObject | null,
    started_ms: step.startedAtMs,
    finished_ms: step.finishedAtMs,
  };
}

function waitingFor(plan: Plan, snapshot: Snapshot): JsonObject[] {
  const waiting: JsonObject[] = [];
  for (const step of allSteps(plan)) {
    const state = snapshot.context.steps[step.path];
    if (state?.status !== 'active') continue;
    if (state.phase === 'asking') {
      waiting.push({ kind: 'approval', step: step.path, until: state.expiresAtMs });
    } else if (state.phase === 'held') {
      waiting.push({ kind: 'stop', step: step.path, until: null });
    }
  }
  return waiting;
}

function attemptRow(
  command: Extract<Command, { kind: 'enqueue-attempt' }>,
  scope: LockedScope,
  mint: MintId,
  entryId: string,
): AttemptRow {
  const { rendered } = command;
  return {
    id: mint('AttemptId'),
    run_id: scope.runId,
    step_path: command.ref,
    purpose: command.purpose,
    number: command.number,
    generation: rendered.generation,
    action_key: rendered.actionKey,
    action: rendered.action,
    action_version: rendered.actionVersion,
    class: rendered.class,
    system: rendered.system,
    connection: rendered.connection,
    arguments: rendered.arguments,
    handle: command.handle,
    target_kind: rendered.target?.kind ?? null,
    target_id: rendered.target?.id ?? null,
    priority: scope.priority,
    timeout_ms: command.timeoutMs,
    intent_entry_id: entryId,
    revoked: false,
  };
}

function approvalRow(
  command: Extract<Command, { kind: 'request-approval' }>,
  scope: LockedScope,
  id: ApprovalId,
): JsonObject {
  const { request } = command;
  return {
    id,
    run_id: scope.runId,
    step_path: command.ref,
    state: 'pending',
    ask_number: request.askNumber,
    digest: request.digest,
    plan: canonicalBytes(request.plan).toString('hex'),
    card: request.card as unknown as JsonObject,
    approvers: request.approvers,
    quorum: request.quorum,
    separate: request.separate,
    require_comment: request.requireComment,
    excluded: request.separate ? scope.given.excluded : [],
    approve_before_ms: request.expiresAtMs,
  };
}

/** A question asked and taken back in one decision, e.g. because a sibling branch failed. */
function endInBatch(
  batch: Batch,
  runId: RunId,
  command: Extract<Command, { kind: 'end-approval' }>,
): boolean {
  const asked = batch.approvals.findLast((row) => row.run_id === runId && row.step_path === command.ref);
  if (asked === undefined || command.outcome === 'consumed') return false;
  asked.state = command.outcome;
  return true;
}

/** Also those of this very batch, which are not rows yet. */
function dropDeadlines(
  batch: Batch,
  runId: RunId,
  command: Extract<Command, { kind: 'clear-deadlines' }>,
): void {
  batch.deadlines = batch.deadlines.filter(
    (row) => row.run_id !== runId || row.ref !== command.ref || !command.deadlines.includes(row.kind),
  );
  for (const kind of command.deadlines)
    batch.clearedDeadlines.push({ run_id: runId, ref: command.ref, kind });
}
