import type { JsonObject } from '../../../schemas/json.ts';
import type { Command, LoopOrder, RunEvent } from '../contracts/command.ts';
import { assertNever, invariant } from '../contracts/invariant.ts';
import type { ScopeGiven, ScopeResult } from '../contracts/scope.ts';
import { itemPath, roundPath } from '../run/scope-path.ts';
import { validatorOf } from '../schema/validator-of.ts';
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
      return [world.budgets.judge(scope, command, world.nowMs)];
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
      const records = world.holds.plan(scope.run, command.steps).map((each) => each.record);
      return [{ type: 'undo.planned', ref: command.ref, records }];
    }
    case 'unplan-undo':
      world.holds.unplan(command.records);
      return [];
    case 'release-hold':
      return [world.holds.release(command.ref, command.recordId)];
    case 'settle-undo':
      // A case has no clock that a lease could outlive its run by.
      if (command.outcome !== 'kept') world.holds.settle(command.recordId, command.outcome);
      return [];
    case 'want-hold':
      world.holds.want(scope.run, command.ref, command.effect, command.target);
      return [];
    case 'drop-hold':
      world.holds.drop(scope.run, command.ref);
      return [];
    case 'record-undo':
      world.holds.keep(scope.run, command.ref, command.record);
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

function finishRun(world: World, scope: OfflineScope, command: Of<'finish-run'>): void {
  const { run } = scope;
  const { outcome, reason, outputs } = command;
  run.end = { outcome, reason, outputs };
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

function openLoop(world: World, scope: OfflineScope, command: Of<'open-loop'>): void {
  const { ref, loop, frame, items } = command;
  const { body } = loop;
  const opened = world.openScope(
    scope.run,
    { path: ref, kind: 'loop', body, parent: scope.given.path, frame, item: null },
    loop,
  );
  for (const item of items) {
    const given: ScopeGiven = {
      path: itemPath(ref, item.key),
      kind: loop.of === 'undo' ? 'undo' : 'item',
      body,
      parent: ref,
      frame,
      item,
    };
    world.openScope(scope.run, given);
  }
  world.post(opened, { type: 'scope.begin' });
}

function openRound(world: World, scope: OfflineScope, command: Of<'open-round'>): void {
  const { ref, number, frame } = command;
  const given: ScopeGiven = {
    path: roundPath(ref, number),
    kind: 'round',
    body: bodyOf(scope, ref),
    parent: scope.given.path,
    frame,
    item: null,
  };
  world.post(world.openScope(scope.run, given), { type: 'scope.begin' });
}

/** Plan path of what stands at a runtime path of this scope. */
function bodyOf(scope: OfflineScope, ref: string): string {
  const { path, body } = scope.given;
  return path === body ? ref : body + ref.slice(path.length);
}

function itemsOf(loop: OfflineScope): OfflineScope[] {
  return [...loop.run.scopes.values()].filter(
    (each) => each.given.parent === loop.given.path && each.given.item !== null,
  );
}

/** The step that opened a loop or a round. */
function openedBy(scope: OfflineScope): string | null {
  switch (scope.given.kind) {
    case 'loop':
      return scope.given.path;
    case 'round':
      return scope.given.path.slice(0, scope.given.path.lastIndexOf('#'));
    case 'run':
    case 'item':
    case 'undo':
      return null;
  }
}

function finishScope(world: World, scope: OfflineScope, result: ScopeResult): void {
  const { given } = scope;
  scope.ended = true;
  scope.result = scope.loop === null ? result : gathered(scope, scope.loop, result);
  if (given.parent === null) return;
  const parent = scopeAt(scope, given.parent);
  if (parent.ended) return;
  if (given.item !== null && parent.given.kind === 'loop') {
    world.post(parent, { type: 'item.finished', index: given.item.index, key: given.item.key, result });
    return;
  }
  const ref = openedBy(scope);
  invariant(ref !== null, `${given.path} was opened by a step`);
  world.post(parent, { type: 'scope.finished', ref, scope: given.path, result: scope.result });
}

/** What the items left, in list order, where somebody reads it. */
function gathered(scope: OfflineScope, loop: LoopOrder, result: ScopeResult): ScopeResult {
  if (!loop.collects && !loop.readsItems) return result;
  const items = itemsOf(scope);
  const outputs = { ...result.outputs };
  if (loop.collects) {
    outputs.collected = items.map((item) =>
      item.result?.status === 'succeeded' ? item.result.collected : null,
    );
  }
  if (loop.readsItems) {
    outputs.items = items.map((item) => ({
      key: item.given.item?.key ?? '',
      status: item.result?.status ?? (loop.onItemError === 'stop' ? 'skipped' : 'cancelled'),
      outputs: item.result?.outputs ?? {},
    }));
  }
  return { ...result, outputs };
}

function startChild(world: World, scope: OfflineScope, command: Of<'start-child'>): RunEvent {
  const { ref, playbook, inputs, attach, mode } = command;
  const loaded = world.parts.children[playbook];
  const refuse = (message: string): RunEvent => ({
    type: 'child.refused',
    ref,
    failure: { code: 'run/child-refused', kind: 'terminal', message },
  });
  if (loaded === undefined) return refuse(`no playbook "${playbook}"`);
  const filled: JsonObject = {};
  for (const input of loaded.plan.inputs) {
    const value = inputs[input.name] ?? (input.required ? undefined : input.default);
    if (value === undefined) return refuse(`inputs.${input.name}: no value, and the input has no default`);
    const [problem] = validatorOf(input.schema)(value);
    if (problem !== undefined) return refuse(`inputs.${input.name}${problem.pointer}: ${problem.message}`);
    filled[input.name] = value;
  }
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
      alertId: null,
      inputs: filled,
      createdAtMs: world.nowMs,
      url: parent.url.replace(parent.runId, runId),
      depth: parent.depth + 1,
      generations: {},
    },
    { run: scope.run, scope: scope.given.path, ref, attached: attach },
  );
  return { type: 'child.started', ref, runId };
}

function scopeAt(scope: Pick<OfflineScope, 'run'>, path: string): OfflineScope {
  const found = scope.run.scopes.get(path);
  invariant(found !== undefined, `the scope ${path} is open`);
  return found;
}
