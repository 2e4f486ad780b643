import type { RunId, TenantId } from '../../schemas/ids.ts';
import type { LimitQuestion } from '../core/contracts/command.ts';
import type { Batch } from './batch.ts';
import type { Doubts } from './doubts.ts';
import { countedTargets, lockBudget, returnReservations } from './store/queries/reserve-targets.ts';
import type { Tx } from './store/sql.ts';

/** Who counts a target. */
export interface Counting {
  target: string;
  runId: RunId;
  ref: string;
}

/**
 * The budgets as one transaction sees them. A budget without doubt has room, which is checked when the batch is
 * written. One that was used up of late is looked at first, under its lock and with what the batch counts already:
 * nobody is refused for want of room that there is.
 */
export class Budgets {
  readonly #tx: Tx;
  readonly #tenant: TenantId;
  readonly #batch: Batch;
  readonly #doubts: Doubts;
  readonly #locked = new Set<string>();
  /** By budget and window: the targets that count. Nobody else counts one until the commit. */
  readonly #counted = new Map<string, { budget: string; targets: Set<string> }>();

  constructor(tx: Tx, tenant: TenantId, batch: Batch, doubts: Doubts) {
    this.#tx = tx;
    this.#tenant = tenant;
    this.#batch = batch;
    this.#doubts = doubts;
  }

  /**
   * Before room is asked for in some of these, in the order in which a write locks them: if one has to be looked at, so that
   * others who write and this one do not wait for each other in a circle.
   */
  async lockInOrder(limits: readonly LimitQuestion[]): Promise<void> {
    if (!limits.some((limit) => this.#isLookedAt(limit))) return;
    await Promise.all(limits.map(({ key }) => this.lock(key)));
  }

  /** For one target more; one that counts already needs none. */
  async hasRoom(limit: LimitQuestion, target: string): Promise<boolean> {
    if (!this.#isLookedAt(limit)) return true;
    const targets = await this.counted(limit);
    return targets.has(target) || targets.size < limit.targets;
  }

  /** The targets that count, also those of this batch. */
  async counted(limit: LimitQuestion): Promise<ReadonlySet<string>> {
    const { key: budget } = limit;
    const known = this.#counted.get(nameOf(limit));
    if (known !== undefined) return known.targets;
    await this.#writeReturned();
    const [, before] = await Promise.all([this.lock(budget), countedTargets(this.#tx, this.#tenant, limit)]);
    const targets = new Set(before);
    for (const row of this.#batch.reservations.values()) if (row.budget === budget) targets.add(row.target);
    this.#counted.set(nameOf(limit), { budget, targets });
    if (targets.size < limit.targets) this.#doubts.settle(budget);
    return targets;
  }

  /** @param anyway people said yes to it, or it has room: nothing is checked any more */
  count(limit: LimitQuestion, { target, runId, ref }: Counting, anyway = false): void {
    const { key: budget, perMs, targets } = limit;
    // What is in doubt by now may not have been when room was asked for.
    const most = anyway || this.#counted.has(nameOf(limit)) ? null : targets;
    const row = { budget, target, run_id: runId, step_path: ref, most, per_ms: perMs };
    this.#batch.reservations.set([budget, target, runId, ref].join('\n'), row);
    for (const each of this.#counted.values()) if (each.budget === budget) each.targets.add(target);
  }

  /** Whatever a step counts. */
  giveBack(runId: RunId, ref: string): void {
    const { reservations, returned } = this.#batch;
    for (const [key, row] of reservations)
      if (row.run_id === runId && row.step_path === ref) reservations.delete(key);
    returned.push({ run_id: runId, step_path: ref });
    // Whether another step counts the same target is the database's to say.
    this.#counted.clear();
  }

  /** Until the commit nobody else counts against it, or asks whether others wait for it. */
  async lock(budget: string): Promise<void> {
    if (this.#locked.has(budget)) return;
    this.#locked.add(budget);
    await lockBudget(this.#tx, this.#tenant, budget);
  }

  #isLookedAt(limit: LimitQuestion): boolean {
    return limit.targets === 0 || this.#counted.has(nameOf(limit)) || this.#doubts.has(limit.key);
  }

  async #writeReturned(): Promise<void> {
    await returnReservations(this.#tx, this.#tenant, this.#batch.returned);
    this.#batch.returned = [];
  }
}

/** Two versions of a playbook may give one budget another window. */
function nameOf({ key, perMs }: LimitQuestion): string {
  return `${perMs} ${key}`;
}
