import type { ApprovalId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { canonicalBytes } from '../core/approval/action-plan.ts';
import type { ActionClass } from '../core/contracts/action.ts';
import type { Command } from '../core/contracts/command.ts';
import { assertNever } from '../core/contracts/invariant.ts';
import { itemPath, roundPath } from '../core/run/scope-path.ts';
import type { AttemptRow, Batch } from './batch.ts';
import { isInRow, withDue, withoutDue } from './due.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';
import { type Moving, planPathOf, positionOf, type World } from './world.ts';

/**
 * Turns one command into rows. Commands that only the database can answer were answered before, inside
 * the transaction (`answer-command.ts`), and leave nothing here.
 */
export function gatherCommand(world: World, moving: Moving, command: Command): void {
  const { batch } = world;
  const { scope } = moving;
  const { runId } = scope;
  const { mint } = world.parts;
  switch (command.kind) {
    case 'enqueue-attempt':
      batch.attempts.push(attemptRow(world, command, scope));
      return;
    case 'set-deadline':
      setDeadline(world, moving, command);
      return;
    case 'clear-deadlines':
      clearDeadlines(batch, moving, command);
      return;
    case 'request-approval':
      batch.approvals.push(approvalRow(command, moving, mint('ApprovalId')));
      // What joins others that wait has been told of with the first of them.
      if (command.request.held?.joins !== true && command.request.notify.length > 0)
        batch.notices.push({ run_id: runId, step_path: command.ref, occasion: 'asked' });
      return;
    case 'end-approval':
      if (endInBatch(batch, runId, command)) return;
      batch.endedApprovals.push({ run_id: runId, step_path: command.ref, outcome: command.outcome });
      return;
    case 'widen-approval':
      batch.widenedApprovals.push({ run_id: runId, step_path: command.ref, approvers: command.approvers });
      batch.notices.push({ run_id: runId, step_path: command.ref, occasion: 'escalated' });
      return;
    case 'remind-approvers':
      batch.notices.push({ run_id: runId, step_path: command.ref, occasion: 'reminded' });
      return;
    case 'open-task':
      batch.tasks.push(taskRow(world, command, scope));
      return;
    case 'end-task':
      batch.endedTasks.push({ run_id: runId, step_path: command.ref, state: command.state, by: command.by });
      return;
    case 'retell-task':
      batch.retoldTasks.push({ run_id: runId, step_path: command.ref, follows: command.follows });
      return;
    case 'remember-facts':
      batch.facts.push({ kind: command.target.kind, target_id: command.target.id, facts: command.facts });
      return;
    case 'open-loop':
      openLoop(batch, command, moving);
      return;
    case 'open-round':
      openRound(batch, command, moving);
      return;
    case 'begin-items':
      batch.letters.push({
        to: 'begin',
        run_id: runId,
        path: scope.path,
        from: command.from,
        until: command.to,
      });
      return;
    case 'halt-items':
      batch.letters.push({ to: 'items', run_id: runId, path: scope.path });
      return;
    case 'halt-scope':
      batch.letters.push({ to: 'opened', run_id: runId, path: scope.path, ref: command.ref });
      return;
    case 'stop-run': {
      const { outcome, reason } = command;
      const event = { type: 'scope.stop', outcome, reason, from: scope.path };
      batch.letters.push({ to: 'scope', run_id: runId, path: 'run', event });
      return;
    }
    case 'unsubscribe':
      batch.unsubscribed.push({ run_id: runId, ref: command.ref });
      return;
    case 'want-hold':
      batch.holds.set(`${runId}\n${command.ref}`, {
        run_id: runId,
        step_path: command.ref,
        state: 'wanted',
        effect: command.effect,
        target_kind: command.target.kind,
        target_id: command.target.id,
        origin: null,
      });
      return;
    case 'drop-hold':
      dropHold(batch, runId, command.ref);
      return;
    case 'record-undo':
      recordUndo(world, command, scope);
      return;
    case 'settle-undo':
      batch.settledUndos.push({
        id: command.recordId,
        outcome: command.outcome,
        failure: command.failure ?? null,
        expected: command.seen?.expected ?? null,
        found: command.seen?.found ?? null,
        asked: moving.given.frame?.undo?.askFirst === undefined ? null : scope.parent,
      });
      return;
    case 'finish-run':
    case 'finish-scope':
    case 'check-guards':
    case 'foresee-guards':
    case 'return-reservation':
    case 'revoke-attempt':
    case 'start-child':
    case 'cancel-child':
    case 'subscribe':
    case 'plan-undo':
    case 'unplan-undo':
    case 'release-hold':
    case 'give-place':
    case 'want-place':
      return;
    default:
      assertNever(command, 'command');
  }
}

export function dropHold(batch: Batch, runId: RunId, ref: string): void {
  batch.holds.set(`${runId}\n${ref}`, {
    run_id: runId,
    step_path: ref,
    state: 'dropped',
    effect: null,
    target_kind: null,
    target_id: null,
    origin: null,
  });
}

function openLoop(batch: Batch, command: Extract<Command, { kind: 'open-loop' }>, moving: Moving): void {
  const { ref, loop, frame, items } = command;
  const { scope } = moving;
  const place = [...scope.place, positionOf(moving, ref)];
  batch.frames.push({ run_id: scope.runId, path: ref, frame, loop });
  const shared = { run_id: scope.runId, body: loop.body, frame_path: ref };
  batch.newScopes.push({ ...shared, path: ref, kind: 'loop', parent: scope.path, item: null, place });
  for (const item of items) {
    batch.newScopes.push({
      ...shared,
      path: itemPath(ref, item.key),
      kind: loop.of === 'undo' ? 'undo' : 'item',
      parent: ref,
      item,
      place: [...place, item.index],
    });
  }
  batch.letters.push({ to: 'scope', run_id: scope.runId, path: ref, event: { type: 'scope.begin' } });
}

function openRound(batch: Batch, command: Extract<Command, { kind: 'open-round' }>, moving: Moving): void {
  const { ref, number, frame } = command;
  const { scope } = moving;
  const path = roundPath(ref, number);
  batch.frames.push({ run_id: scope.runId, path: ref, frame, loop: null });
  batch.newScopes.push({
    run_id: scope.runId,
    path,
    kind: 'round',
    body: planPathOf(moving, ref),
    parent: scope.path,
    frame_path: ref,
    item: null,
    place: [...scope.place, positionOf(moving, ref), number],
  });
  batch.letters.push({ to: 'scope', run_id: scope.runId, path, event: { type: 'scope.begin' } });
}

/** The record and the hold are one fact: what is to be taken back is what is held. */
function recordUndo(
  world: World,
  command: Extract<Command, { kind: 'record-undo' }>,
  scope: LockedScope,
): void {
  const { ref, record } = command;
  const { batch } = world;
  batch.records.push({
    id: world.parts.mint('UndoId'),
    run_id: scope.runId,
    scope_path: scope.path,
    step_path: ref,
    step_name: record.stepName,
    generation: record.generation,
    action: record.action,
    action_key: record.actionKey,
    connection: record.connection,
    arguments: record.arguments,
    left_behind: record.left,
    target_kind: record.target?.kind ?? null,
    target_id: record.target?.id ?? null,
    effect: record.effect,
    origin: record.origin,
    inverse: record.inverse,
    loop: record.loop,
    lease_until_ms: record.lease?.untilMs ?? null,
    lease_warn_ms: record.lease?.warnMs ?? null,
    lease_at_end: record.lease?.atEnd ?? null,
  });
  if (record.effect === null || record.target === null) return;
  batch.holds.set(`${scope.runId}\n${ref}`, {
    run_id: scope.runId,
    step_path: ref,
    state: 'held',
    effect: record.effect,
    target_kind: record.target.kind,
    target_id: record.target.id,
    origin: record.origin,
  });
}

function attemptRow(
  world: World,
  command: Extract<Command, { kind: 'enqueue-attempt' }>,
  scope: LockedScope,
): AttemptRow {
  const { rendered } = command;
  return {
    id: world.parts.mint('AttemptId'),
    run_id: scope.runId,
    scope_path: scope.path,
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
    priority: turnOf(rendered.class, scope.run.priority),
    timeout_ms: command.timeoutMs,
    claim_before_ms: command.claimBeforeMs ?? null,
    look: command.look ?? null,
    intent_entry_id: intentOf(world, command),
    revoked: false,
  };
}

/** A release is served before whatever a storm of critical alerts has made ready; 5 is the last there is. */
function turnOf(actionClass: ActionClass, priority: number): number {
  return actionClass === 'restore' ? 1 : Math.min(5, priority + 1);
}

/** The attempt's intent is the entry written just before; it gets its id here so that the row can name it. */
function intentOf(world: World, command: Extract<Command, { kind: 'enqueue-attempt' }>): string {
  const intent = world.batch.entries.findLast(
    (entry) => entry.actionKey === command.rendered.actionKey && entry.type === 'action.attempted',
  );
  if (intent === undefined) return '';
  intent.id ??= world.parts.mint('EntryId');
  return intent.id;
}

function approvalRow(
  command: Extract<Command, { kind: 'request-approval' }>,
  { scope, given }: Moving,
  id: ApprovalId,
): JsonObject {
  const { request } = command;
  const barred = [...scope.run.given.excluded, ...(given.frame?.undo?.excluded ?? [])];
  return {
    id,
    run_id: scope.runId,
    scope_path: scope.path,
    step_path: command.ref,
    state: 'pending',
    ask_number: request.askNumber,
    digest: request.digest,
    plan: canonicalBytes(request.plan).toString('hex'),
    card: request.card as unknown as JsonObject,
    approvers: request.approvers,
    quorum: request.quorum,
    glass_quorum: request.glassQuorum,
    separate: request.separate,
    require_comment: request.requireComment,
    excluded: request.separate ? barred : [],
    approve_before_ms: request.expiresAtMs,
    notify: [...new Set(request.notify)],
    held_by: request.held?.budget ?? null,
    held_reason: request.held?.reason ?? null,
  };
}

function taskRow(
  { parts }: World,
  command: Extract<Command, { kind: 'open-task' }>,
  { runId, path }: LockedScope,
): JsonObject {
  const { number, generation, digest, card, answerBeforeMs } = command.task;
  const { follows, ...rest } = card;
  return {
    id: parts.mint('TaskId'),
    run_id: runId,
    scope_path: path,
    step_path: command.ref,
    generation,
    number,
    action: card.action,
    class: card.class,
    system: card.system,
    target_kind: card.target?.kind ?? null,
    target_id: card.target?.id ?? null,
    digest,
    // Kept with the task: what was installed when it was opened is what it was done with.
    card: { ...rest, byHand: parts.byHand(card.action) },
    follows,
    can_ask: card.canAsk,
    answer_before_ms: answerBeforeMs,
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

function setDeadline(
  { batch, parts }: World,
  moving: Moving,
  { ref, deadline: kind, seq, atMs }: Extract<Command, { kind: 'set-deadline' }>,
): void {
  moving.due = withDue(moving.due, { ref, kind, seq, atMs });
  if (!isInRow(kind)) return;
  const { runId, path } = moving.scope;
  const id = parts.mint('DeadlineId');
  batch.deadlines.push({ id, run_id: runId, scope_path: path, ref, kind, seq, due_ms: atMs });
}

/** Also those of this very batch, which are not rows yet. */
function clearDeadlines(
  batch: Batch,
  moving: Moving,
  { ref, deadlines }: Extract<Command, { kind: 'clear-deadlines' }>,
): void {
  const { runId, path } = moving.scope;
  const { rest, rows } = withoutDue(moving.due, ref, deadlines);
  moving.due = rest;
  if (rows.length === 0) return;
  batch.deadlines = batch.deadlines.filter(
    (row) => row.run_id !== runId || row.ref !== ref || !rows.includes(row.kind),
  );
  batch.clearedDeadlines.push({ run_id: runId, scope_path: path, ref, kinds: rows });
}
