import type { Command, HeldBy, LimitQuestion, RunEvent } from '../contracts/command.ts';
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
    if (deny !== null) {
      const { guardId, message, missing = [] } = deny;
      const unknown = missing.map((fact) => `guard.target.${fact}`).join(', ');
      const why = unknown === '' ? message : `${message} (${unknown} is not known: no step has looked it up)`;
      return { type: 'guard.denied', ref, guardId, message: why };
    }
    const target = rendered.target === null ? ref : `${rendered.target.kind}:${rendered.target.id}`;
    const said = command.under?.budgets ?? [];
    const over = limits.filter(
      (limit) =>
        this.#exceeds(limit, [target], nowMs) && !(limit.onExceed === 'ask' && said.includes(limit.key)),
    );
    const no = over.find((limit) => limit.onExceed === 'deny');
    if (no !== undefined) return { type: 'guard.denied', ref, guardId: no.guardId, message: no.message };
    this.release(scope, ref);
    for (const { key } of limits) this.#reserved.push({ budget: key, target, scope, ref, atMs: nowMs });
    const [ask] = over;
    if (ask !== undefined) {
      const { guardId, message } = ask;
      return { type: 'guard.ask', ref, guardId, message, held: heldBy(ask) };
    }
    return { type: 'guard.allowed', ref };
  }

  /** Before a gate or a list is asked about: budgets that do not reach for all of it. */
  foresee({ ref, actions }: Extract<Command, { kind: 'foresee-guards' }>, nowMs: number): RunEvent {
    const limits = new Map(actions.flatMap((each) => each.limits.map((limit) => [limit.key, limit])));
    const over = [...limits.values()].filter((limit) => {
      const mine = actions.filter((each) => each.limits.some(({ key }) => key === limit.key));
      const targets = mine.map(({ rendered }) =>
        rendered.target === null ? rendered.actionKey : `${rendered.target.kind}:${rendered.target.id}`,
      );
      return limit.onExceed === 'ask' && this.#exceeds(limit, targets, nowMs);
    });
    const [first] = over;
    if (first === undefined) return { type: 'guards.foreseen', ref, demand: null };
    const { guardId, message } = first;
    const budgets = over.map(({ key }) => key);
    return { type: 'guards.foreseen', ref, demand: { guardId, message, held: heldBy(first), budgets } };
  }

  #exceeds(limit: LimitQuestion, targets: readonly string[], nowMs: number): boolean {
    const counted = this.#reserved
      .filter((each) => each.budget === limit.key && each.atMs > nowMs - limit.perMs)
      .map((each) => each.target);
    const all = new Set([...counted, ...targets]);
    return all.size + (this.#used[limit.guardId] ?? 0) > limit.targets;
  }

  release(scope: OfflineScope, ref: string): void {
    this.#reserved = this.#reserved.filter((each) => each.scope !== scope || each.ref !== ref);
  }
}

function heldBy({ key, message }: LimitQuestion): HeldBy {
  return { budget: key, reason: message, joins: false };
}
