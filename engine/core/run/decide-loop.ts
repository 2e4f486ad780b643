import type { JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { Command, Decided, LoopOrder, RunEvent } from '../contracts/command.ts';
import type { ScopeResult } from '../contracts/scope.ts';

/*
 * The scope between a `foreach` (or an undo) and its items: which item begins when, and how the whole
 * ends (language reference 9.5, table "foreach"; 6, "Order"). Counters only, so that five thousand
 * items make neither this snapshot nor any other grow. It knows nothing of what an item does.
 */

export interface LoopState {
  order: LoopOrder;
  begun: number;
  ended: number;
  /** The group whose items begin now, and the index of its first one. */
  group: number;
  groupFrom: number;
  halted: boolean;
  /** An item's `stop` ended the whole run. */
  stops: boolean;
  /** `on_item_error: stop` met a failure: nothing begins any more. */
  stopped: boolean;
  counts: { [status in ScopeResult['status']]: number };
  undone: { [outcome in NonNullable<ScopeResult['undo']>]: number };
  /** The failure of the first item in list order, and the denial likewise. */
  failure: FirstFailure | null;
  denial: FirstFailure | null;
  finished: boolean;
}

interface FirstFailure {
  index: number;
  key: string;
  step: string;
  failure: Failure;
}

/** Stored: renaming a field needs a new `snapshotVersion`. */
export interface LoopSnapshot {
  loop: LoopState;
}

export interface LoopDecision extends Decided<LoopSnapshot> {
  ignored: boolean;
  finished: boolean;
}

export function initialLoop(order: LoopOrder): LoopSnapshot {
  return {
    loop: {
      order,
      begun: 0,
      ended: 0,
      group: 0,
      groupFrom: 0,
      halted: false,
      stops: false,
      stopped: false,
      counts: { succeeded: 0, failed: 0, denied: 0, skipped: 0, cancelled: 0 },
      undone: {
        undone: 0,
        retained: 0,
        'left-as-found': 0,
        irreversible: 0,
        'undo-failed': 0,
        'changed-since': 0,
      },
      failure: null,
      denial: null,
      finished: false,
    },
  };
}

/** Null: the loop does not expect this event now. */
export function decideLoop(snapshot: LoopSnapshot, event: RunEvent): LoopDecision | null {
  const before = snapshot.loop;
  if (before.finished) return null;
  switch (event.type) {
    case 'scope.begin':
      return before.begun === 0 && !before.halted ? goOn(before, []) : null;
    case 'scope.halt':
      if (before.halted) return null;
      return goOn({ ...before, halted: true }, before.begun > before.ended ? [{ kind: 'halt-items' }] : []);
    case 'item.finished':
      // Items that never began are counted by the loop itself.
      if (event.index >= before.begun) return null;
      return goOn(...afterItem(before, event));
    default:
      return null;
  }
}

/** An item's `stop` halts the others at once: the halt that the run sends finds the loop halted already. */
function afterItem(
  before: LoopState,
  { index, key, result }: Extract<RunEvent, { type: 'item.finished' }>,
): [LoopState, Command[]] {
  const after = count(before, index, key, result);
  const halts = after.halted && !before.halted && after.begun > after.ended;
  return [after, halts ? [{ kind: 'halt-items' }] : []];
}

function count(before: LoopState, index: number, key: string, result: ScopeResult): LoopState {
  const first = (known: FirstFailure | null): FirstFailure | null =>
    result.failure === null || (known !== null && known.index < index)
      ? known
      : { index, key, step: result.failure.step, failure: result.failure.failure };
  return {
    ...before,
    ended: before.ended + 1,
    counts: { ...before.counts, [result.status]: before.counts[result.status] + 1 },
    undone:
      result.undo === null
        ? before.undone
        : // A loop stored before an outcome had its word does not count it yet.
          { ...before.undone, [result.undo]: (before.undone[result.undo] ?? 0) + 1 },
    failure: result.status === 'failed' ? first(before.failure) : before.failure,
    denial: result.status === 'denied' ? first(before.denial) : before.denial,
    halted: before.halted || result.stops,
    stops: before.stops || result.stops,
    stopped: before.stopped || (before.order.onItemError === 'stop' && result.status === 'failed'),
  };
}

/** Begins what may begin now, or ends the loop when nothing is out and nothing may begin. */
function goOn(loop: LoopState, commands: Command[]): LoopDecision {
  const next = { ...loop };
  if (!next.halted && !next.stopped) {
    let group = next.order.groups[next.group];
    while (group !== undefined && next.ended === next.groupFrom + group.items) {
      next.group += 1;
      next.groupFrom += group.items;
      group = next.order.groups[next.group];
    }
    if (group !== undefined) {
      const free = group.parallel - (next.begun - next.ended);
      const to = Math.min(next.groupFrom + group.items, next.begun + Math.max(0, free));
      if (to > next.begun) commands.push({ kind: 'begin-items', from: next.begun, to });
      next.begun = Math.max(next.begun, to);
    }
  }
  const done = next.begun === next.ended;
  if (!done) return { snapshot: { loop: next }, commands, entries: [], ignored: false, finished: false };
  const rest = totalOf(next.order) - next.begun;
  const left = next.halted ? 'cancelled' : 'skipped';
  next.counts = { ...next.counts, [left]: next.counts[left] + rest };
  next.finished = true;
  commands.push({ kind: 'finish-scope', result: resultOf(next) });
  return { snapshot: { loop: next }, commands, entries: [], ignored: false, finished: true };
}

function totalOf(order: LoopOrder): number {
  return order.groups.reduce((sum, group) => sum + group.items, 0);
}

function resultOf(loop: LoopState): ScopeResult {
  const { counts, order } = loop;
  const total = totalOf(order);
  const summary: JsonObject = { total, ...counts };
  const outputs: JsonObject =
    order.of === 'foreach'
      ? { summary }
      : {
          summary,
          undone: loop.undone.undone,
          retained: loop.undone.retained,
          left_as_found: loop.undone['left-as-found'],
          irreversible: loop.undone.irreversible,
          undo_failed: loop.undone['undo-failed'],
          changed_since: loop.undone['changed-since'] ?? 0,
        };
  const base = { outputs, collected: null, until: null, undo: null, stops: loop.stops };
  if (order.of === 'undo') {
    const changed = loop.undone['changed-since'] ?? 0;
    const failed = loop.undone['undo-failed'] + changed;
    if (failed > 0) {
      const since =
        changed === 0
          ? ''
          : ` (${changed} because somebody has changed the target since, so nothing was sent)`;
      const message = `${failed} of ${total} could not be taken back${since}; look at the targets, then retry the records`;
      return {
        ...base,
        status: 'failed',
        failure: { step: 'undo', failure: { code: 'undo/incomplete', kind: 'terminal', message } },
      };
    }
    return {
      ...base,
      status: loop.halted && counts.cancelled > 0 ? 'cancelled' : 'succeeded',
      failure: null,
    };
  }
  if (loop.halted && counts.cancelled > 0) return { ...base, status: 'cancelled', failure: null };
  const good = total === 0 || (order.onItemError === 'continue' ? counts.succeeded > 0 : !loop.stopped);
  return good
    ? { ...base, status: 'succeeded', failure: null }
    : { ...base, status: 'failed', failure: failureOf(loop, total) };
}

/** The first failure in list order is handed up; when only people and guards said no, their no is. */
function failureOf(loop: LoopState, total: number): ScopeResult['failure'] {
  const first = loop.failure ?? loop.denial;
  const { failed, denied } = loop.counts;
  const what =
    loop.failure === null ? `${denied} of ${total} items were denied` : `${failed} of ${total} items failed`;
  if (first === null) {
    const message = 'no item succeeded';
    return { step: 'items', failure: { code: 'run/items-failed', kind: 'terminal', message } };
  }
  const message = `${what}; the first was "${first.key}" at ${first.step}: ${first.failure.message}`;
  return { step: first.step, failure: { ...first.failure, message, cause: first.failure } };
}
