import type { Command, LoopOrder } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ScopeGiven, ScopeResult } from '../contracts/scope.ts';
import { itemPath, roundPath } from '../run/scope-path.ts';
import type { OfflineScope } from './offline-run.ts';
import type { World } from './world.ts';

/* Loops, items and rounds: scopes that a scope opens, and what it is told when they end. */

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** @param parent null: an undo that no step waits for */
export function openLoop(
  world: World,
  scope: OfflineScope,
  command: Of<'open-loop'>,
  parent: string | null = scope.given.path,
): void {
  const { ref, loop, frame, items } = command;
  const { body } = loop;
  const opened = world.openScope(
    scope.run,
    { path: ref, kind: 'loop', body, parent, frame, item: null },
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

export function openRound(world: World, scope: OfflineScope, command: Of<'open-round'>): void {
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

export function itemsOf(loop: OfflineScope): OfflineScope[] {
  return [...loop.run.scopes.values()].filter(
    (each) => each.given.parent === loop.given.path && each.given.item !== null,
  );
}

/** The step that opened a loop or a round. */
export function openedBy(scope: OfflineScope): string | null {
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

export function finishScope(world: World, scope: OfflineScope, result: ScopeResult): void {
  const { given } = scope;
  scope.ended = true;
  scope.result = scope.loop === null ? result : gathered(scope, scope.loop, result);
  if (given.parent === null) {
    for (const kept of world.records.forgetAsked({ run: scope.run, path: given.path }, world.nowMs))
      world.noteLease(kept);
    return;
  }
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

export function scopeAt(scope: Pick<OfflineScope, 'run'>, path: string): OfflineScope {
  const found = scope.run.scopes.get(path);
  invariant(found !== undefined, `the scope ${path} is open`);
  return found;
}
