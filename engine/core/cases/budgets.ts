import type { Command, RunEvent } from '../contracts/command.ts';
import type { OfflineScope } from './offline-run.ts';

interface Reservation {
  budget: string;
  target: string;
  scope: OfflineScope;
  ref: string;
  atMs: number;
}

/** Targets counted against the limits of guards; what other runs used already comes from the case. */
export class Budgets {
  readonly #used: { [guardId: string]: number };
  #reserved: Reservation[] = [];

  constructor(used: { [guardId: string]: number }) {
    this.#used = used;
  }

  judge(scope: OfflineScope, command: Extract<Command, { kind: 'check-guards' }>, nowMs: number): RunEvent {
    const { ref, rendered, deny, limits } = command;
    if (deny !== null) return { type: 'guard.denied', ref, guardId: deny.guardId, message: deny.message };
    const target = rendered.target === null ? ref : `${rendered.target.kind}:${rendered.target.id}`;
    const over = limits.filter((limit) => {
      const others = new Set(
        this.#reserved
          .filter(
            (each) => each.budget === limit.key && each.atMs > nowMs - limit.perMs && each.target !== target,
          )
          .map((each) => each.target),
      );
      return others.size + (this.#used[limit.guardId] ?? 0) + 1 > limit.targets;
    });
    const no = over.find((limit) => limit.onExceed === 'deny');
    if (no !== undefined) return { type: 'guard.denied', ref, guardId: no.guardId, message: no.message };
    this.release(scope, ref);
    for (const { key } of limits) this.#reserved.push({ budget: key, target, scope, ref, atMs: nowMs });
    const [ask] = over;
    if (ask !== undefined) return { type: 'guard.ask', ref, guardId: ask.guardId, message: ask.message };
    return { type: 'guard.allowed', ref };
  }

  release(scope: OfflineScope, ref: string): void {
    this.#reserved = this.#reserved.filter((each) => each.scope !== scope || each.ref !== ref);
  }
}
