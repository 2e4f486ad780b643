import type { LoopOrder } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { invariant } from '../core/contracts/invariant.ts';
import type { ScopeGiven } from '../core/contracts/scope.ts';
import type { Guardrails } from '../core/guard/guardrails.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { allSteps } from '../core/run/list-steps.ts';
import { toPlanPath } from '../core/run/scope-path.ts';
import type { Batch, ScopeRow } from './batch.ts';
import { Budgets } from './budgets.ts';
import { doubtsOf } from './doubts.ts';
import type { Due } from './due.ts';
import type { EngineParts, LoadedPlan } from './engine-parts.ts';
import { guardrailsInForce } from './guardrails-in-force.ts';
import { knownFleet } from './known-fleet.ts';
import { type ScopeName, scopeKey } from './scope-name.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';
import { pauseReason } from './store/queries/pause.ts';
import { readStops, type StopRow } from './store/queries/win-facts.ts';
import {
  type Effect,
  isBeingUndone,
  neverGot,
  type Reopened,
  writeHolds,
  writeRecords,
} from './store/queries/write-holds.ts';
import type { Tx } from './store/sql.ts';

/** A scope that is being moved, with what its decisions are handed. */
export interface Moving {
  scope: LockedScope;
  loaded: LoadedPlan;
  given: ScopeGiven;
  /** Only of a loop. */
  loop: LoopOrder | null;
  /** As its decisions leave it. */
  due: Due[];
}

/** The transaction's view of what only the database knows; what is gathered is written before it is read. */
export class World {
  readonly tx: Tx;
  readonly parts: EngineParts;
  readonly nowMs: number;
  readonly batch: Batch;
  /** Scopes that were told something otherwise than by the batch. */
  readonly mail: ScopeName[] = [];
  /** What scopes are left in, as the batch writes it. */
  readonly left: { row: ScopeRow; snapshot: ScopeSnapshot }[] = [];
  /** Runs that halted as a whole in this very transaction: nothing inside them moves any more. */
  readonly halted = new Set<string>();
  /** Records that undos have claimed in this very transaction, by run: no scope that is stored names them yet. */
  readonly planned = new Map<string, string[]>();
  /** Effects, by `effectKey`, whose inverse this very transaction sends out. */
  readonly inverses = new Set<string>();
  readonly budgets: Budgets;
  #stops: StopRow[] | undefined;
  #guardrails: Guardrails | null | undefined;
  readonly #fleets = new Map<string, number>();
  #pause: string | null | undefined;

  /** @param pause as this very transaction has read it; undefined: it has not */
  constructor(tx: Tx, parts: EngineParts, nowMs: number, batch: Batch, pause?: string | null) {
    this.tx = tx;
    this.parts = parts;
    this.nowMs = nowMs;
    this.batch = batch;
    this.#pause = pause;
    this.budgets = new Budgets(tx, parts.tenant, batch, doubtsOf(parts));
  }

  async stops(): Promise<StopRow[]> {
    this.#stops ??= await readStops(this.tx, this.parts.tenant);
    return this.#stops;
  }

  /** Why everything is paused; null when it is not. */
  async pause(): Promise<string | null> {
    if (this.#pause === undefined) this.#pause = await pauseReason(this.tx, this.parts.tenant);
    return this.#pause;
  }

  async guardrails(): Promise<Guardrails | null> {
    if (this.#guardrails === undefined) this.#guardrails = await guardrailsInForce(this.tx, this.parts);
    return this.#guardrails;
  }

  /** How many targets of a kind there are; the same for all decisions of this transaction. */
  async knownFleet(kind: string): Promise<number> {
    const known = this.#fleets.get(kind) ?? (await knownFleet(this.tx, this.parts, kind, this.nowMs));
    this.#fleets.set(kind, known);
    return known;
  }

  /** Without doubt it is not, which is checked when the batch is written. */
  async isBeingUndone(effect: Effect): Promise<boolean> {
    const key = effectKey(effect);
    const doubts = doubtsOf(this.parts);
    if (!doubts.has(key)) {
      this.batch.staying.set(key, effect);
      return false;
    }
    const undone = await isBeingUndone(this.tx, this.parts.tenant, effect);
    if (!undone) doubts.settle(key);
    return undone;
  }

  /** Undo asks the database about holds and records, also about those of this very batch. */
  async writeHoldsNow(): Promise<void> {
    const holds = [...this.batch.holds.values()];
    const records = this.batch.records;
    this.batch.holds = new Map();
    this.batch.records = [];
    const reopened = await writeHolds(this.tx, this.parts.tenant, holds);
    await writeRecords(this.tx, this.parts.tenant, records);
    this.batch.entries.push(...reopened.map(reopenedEntry));
  }

  /** Before the entries are encoded: what was left to a step that never got it waits for a person now, and is told. */
  async dropHoldsNow(): Promise<void> {
    if ([...this.batch.holds.values()].some(({ state }) => state === 'dropped')) await this.writeHoldsNow();
  }
}

function reopenedEntry({ id, runId, stepPath, action, kind, target }: Reopened): EntryDraft {
  return {
    type: 'undo.settled',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId,
    step: stepPath,
    targets: [{ kind, id: target }],
    outcome: 'failure',
    code: 'undo/failed',
    reason: neverGot,
    data: { record: id, undo_of: stepPath, of_run: runId, action, outcome: 'undo-failed' },
  };
}

export function effectKey({ effect, kind, id }: Effect): string {
  return `${effect}\n${kind}\n${id}`;
}

/** Joins locked scopes with their plans and frames, by scope key. */
export async function movingOf(world: World, scopes: readonly LockedScope[]): Promise<Map<string, Moving>> {
  const { parts, tx } = world;
  const framed = scopes.flatMap(({ runId, framePath }) =>
    framePath === null ? [] : [{ runId, path: framePath }],
  );
  const frameOf = await parts.loadFrames(tx, framed);
  const moving = new Map<string, Moving>();
  for (const scope of scopes) {
    const { runId, framePath, path, kind, body, parent, item } = scope;
    const stored = framePath === null ? null : frameOf({ runId, path: framePath });
    moving.set(scopeKey(scope), {
      scope,
      loaded: await parts.loadPlan(scope.run.digest),
      given: { path, kind, body, parent, item, frame: stored?.frame ?? null },
      loop: kind === 'loop' ? (stored?.loop ?? null) : null,
      due: scope.due,
    });
  }
  return moving;
}

/** Behind every step of the plan: an undo that no step orders. */
const behindAll = 1_000_000;

/** Where a step stands among those of its body. */
export function positionOf({ loaded, given }: Moving, ref: string): number {
  const path = toPlanPath(given, ref.replace(/~undo$/, ''));
  const position = allSteps(loaded.plan, given.body).findIndex((step) => step.path === path);
  return position === -1 ? behindAll : position;
}

export function planPathOf({ given }: Moving, ref: string): string {
  const path = toPlanPath(given, ref);
  invariant(path !== '', `${ref} is no path of ${given.path}`);
  return path;
}
