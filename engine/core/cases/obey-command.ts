import type { Command, RunEvent } from '../contracts/command.ts';
import { assertNever } from '../contracts/invariant.ts';
import type { Plan } from '../contracts/plan.ts';
import { fillInputs } from '../match/fill-inputs.ts';
import { everyStep } from '../run/list-steps.ts';
import { finishScope, itemsOf, openedBy, openLoop, openRound, scopeAt } from './inner-scopes.ts';
import { judgeGuards } from './judge-guards.ts';
import { wakeHeld, withdraw } from './leases.ts';
import type { OfflineAttempt, OfflineScope } from './offline-run.ts';
import { askPeople, endAsked, widenAsked } from './settle-asked.ts';
import type { World } from './world.ts';

/*
 * What the world does about one command, and what it answers in the same breath (decision record
 * 0011, "only the database can answer"). Everything else comes back later by itself.
 */
export function obey(world: World, scope: OfflineScope, command: Command): RunEvent[] {
  switch (command.kind) {
    case 'check-guards':
      return [judgeGuards(world, scope, command)];
    case 'foresee-guards':
      return [world.budgets.foresee(command, world.nowMs)];
    case 'return-reservation':
      world.budgets.release(scope, command.ref);
      return [];
    case 'request-approval':
      askPeople(world, scope, command);
      return [];
    case 'widen-approval':
      widenAsked(world, scope, command);
      return [];
    case 'end-approval':
      endAsked(world, scope, command);
      return [];
    case 'set-deadline': {
      const { ref, deadline, seq } = command;
      world.agenda.note(command.atMs, { kind: 'deadline', scope, ref, deadline, seq });
      return [];
    }
    case 'clear-deadlines':
      world.agenda.drop(
        (thing) =>
          thing.kind === 'deadline' &&
          thing.scope === scope &&
          thing.ref === command.ref &&
          command.deadlines.includes(thing.deadline),
      );
      return [];
    case 'enqueue-attempt':
      enqueue(world, scope, command);
      return [];
    case 'revoke-attempt':
      return revoke(world, scope, command.ref);
    case 'open-task':
    case 'end-task':
    case 'retell-task':
    case 'remember-facts':
      return [];
    case 'finish-run':
      finishRun(world, scope, command);
      return [];
    case 'remind-approvers':
      return [];
    case 'open-loop':
      openLoop(world, scope, command);
      return [];
    case 'open-round':
      openRound(world, scope, command);
      return [];
    case 'begin-items':
      for (const item of itemsOf(scope)) {
        const index = item.given.item?.index ?? -1;
        if (index < command.from || index >= command.to) continue;
        item.begun = true;
        world.post(item, { type: 'scope.begin' });
      }
      return [];
    case 'halt-items':
      // Those that never began are counted by the loop itself.
      for (const item of itemsOf(scope))
        if (item.begun && !item.ended) world.post(item, { type: 'scope.halt' });
      return [];
    case 'halt-scope':
      for (const inner of scope.run.scopes.values()) {
        if (!inner.ended && openedBy(inner) === command.ref) world.post(inner, { type: 'scope.halt' });
      }
      return [];
    case 'finish-scope':
      finishScope(world, scope, command.result);
      return [];
    case 'stop-run': {
      const { outcome, reason } = command;
      world.post(scopeAt(scope, 'run'), { type: 'scope.stop', outcome, reason, from: scope.given.path });
      return [];
    }
    case 'start-child':
      return [startChild(world, scope, command)];
    case 'cancel-child':
      for (const run of world.runs) {
        if (run.caller?.run !== scope.run || run.caller.ref !== command.ref || run.end !== null) continue;
        const by = `run ${scope.run.given.runId}`;
        world.post(scopeAt({ run }, 'run'), { type: 'run.cancel', by, reason: command.reason, undo: false });
      }
      return [];
    case 'subscribe':
      return world.signals.subscribe(scope, command, world.nowMs);
    case 'unsubscribe':
      world.signals.unsubscribe(scope, command.ref);
      return [];
    case 'plan-undo': {
      const { records, asking } = world.records.plan(scope.run, command.steps);
      withdraw(world, asking);
      return [{ type: 'undo.planned', ref: command.ref, records }];
    }
    case 'unplan-undo':
      for (const kept of world.records.unplan(command.records)) world.noteLease(kept);
      return [];
    case 'release-hold': {
      const { ref, recordId, asksFirst } = command;
      const outcome = asksFirst
        ? world.records.lookAtLease(recordId, scope.given.parent, false)
        : world.records.release(recordId);
      return [{ type: 'hold.released', ref, outcome }];
    }
    case 'settle-undo':
      settleUndo(world, scope, command);
      return [];
    case 'want-hold':
      world.records.holds.want(scope.run, command.ref, command.effect, command.target);
      return [];
    case 'drop-hold':
      world.records.drop(scope.run, command.ref);
      return [];
    case 'record-undo':
      world.noteLease(world.records.keep(scope.run, command.ref, command.record, world.nowMs));
      return [];
    case 'give-place':
      return [];
    case 'want-place':
      return [{ type: 'place.granted' }];
    default:
      return assertNever(command, 'command');
  }
}

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Claimed only after everything of this instant is decided: until then it can be taken back. */
function enqueue(world: World, scope: OfflineScope, command: Of<'enqueue-attempt'>): void {
  const { ref, purpose, number, rendered, timeoutMs, look } = command;
  const attempt: OfflineAttempt = {
    scope,
    ref,
    purpose,
    number,
    rendered,
    timeoutMs,
    state: 'queued',
    ...(look !== undefined && { look }),
  };
  world.attempts.add(attempt);
  world.agenda.note(world.nowMs, { kind: 'claim', attempt });
}

function revoke(world: World, scope: OfflineScope, ref: string): RunEvent[] {
  const queued = [...world.attempts].filter(
    (each) => each.scope === scope && each.ref === ref && each.state === 'queued',
  );
  for (const attempt of queued) {
    attempt.state = 'over';
    world.attempts.delete(attempt);
  }
  return queued.length === 0 ? [] : [{ type: 'attempt.revoked', ref }];
}

function settleUndo(world: World, scope: OfflineScope, command: Of<'settle-undo'>): void {
  const { recordId, outcome, seen } = command;
  const { frame, parent } = scope.given;
  const loop = frame?.undo?.askFirst === undefined ? null : parent;
  if (outcome === 'kept') {
    const kept = world.records.keepHeld(recordId, loop, world.nowMs);
    if (kept !== null) world.noteLease(kept);
    return;
  }
  world.records.settle(recordId, outcome, { loop, ...(seen !== undefined && { seen }) });
  const target = world.records.recordOf(scope)?.record.target ?? null;
  if (target !== null) wakeHeld(world, target);
}

function finishRun(world: World, scope: OfflineScope, command: Of<'finish-run'>): void {
  const { run } = scope;
  const { outcome, reason, outputs } = command;
  run.end = { outcome: isUndoIncomplete(world, scope) ? 'undo-incomplete' : outcome, reason, outputs };
  scope.ended = true;
  if (run.caller?.attached !== true) return;
  const caller = run.caller.run.scopes.get(run.caller.scope);
  if (caller === undefined || caller.ended) return;
  const { ref } = run.caller;
  world.post(caller, {
    type: 'child.finished',
    ref,
    runId: run.given.runId,
    state: outcome,
    outputs,
    reason,
  });
}

/** What could not be taken back is more than an outcome: somebody has to look (`runtime/end-run.ts`). */
function isUndoIncomplete(world: World, { run, snapshot }: OfflineScope): boolean {
  const asked = snapshot !== null && 'context' in snapshot && snapshot.context.undoAll;
  const planned = everyStep(run.plan).some((step) => step.kind === 'undo' || step.onError.then === 'undo');
  return (asked || planned) && world.records.hasFailed(run);
}

/** A called run may call, and that one once more (`runtime/start-child.ts`). */
const depthMax = 3;

function startChild(world: World, scope: OfflineScope, command: Of<'start-child'>): RunEvent {
  const { ref, playbook, inputs, attach, mode } = command;
  const loaded = world.parts.children[playbook];
  const refuse = (code: string, message: string): RunEvent => ({
    type: 'child.refused',
    ref,
    failure: { code, kind: 'terminal', message },
  });
  const depth = scope.run.given.depth + 1;
  if (depth > depthMax)
    return refuse(
      'run/child-failed',
      `calls are nested at most ${depthMax} deep; "${playbook}" was not started`,
    );
  if (loaded === undefined) return refuse('run/child-failed', `"${playbook}" is not here`);
  const filled = fillInputs(withoutSources(loaded.plan), 'call', { names: {}, nowMs: world.nowMs }, inputs);
  if (!filled.ok) return refuse('action/invalid-input', filled.message);
  const parent = scope.run.given;
  const runId = world.nextRunId();
  world.openRun(
    loaded,
    {
      ...parent,
      runId,
      digest: loaded.digest,
      mode,
      triggerId: 'call',
      alert: null,
      inputs: filled.inputs,
      createdAtMs: world.nowMs,
      url: parent.url.replace(parent.runId, runId),
      depth,
      generations: {},
    },
    { run: scope.run, scope: scope.given.path, ref, attached: attach },
  );
  return { type: 'child.started', ref, runId };
}

/** `from` fills inputs from the trigger's event; a call has none, only what the caller gives. */
function withoutSources(plan: Plan): Plan {
  return { ...plan, inputs: plan.inputs.map((input) => ({ ...input, from: {} })) };
}
