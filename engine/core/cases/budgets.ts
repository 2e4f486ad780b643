import type {
  Command,
  ForeseenDemand,
  HeldBy,
  LimitQuestion,
  RenderedAction,
  RunEvent,
} from '../contracts/command.ts';
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
    const { ref, rendered, limits } = command;
    const target = countedAs(rendered);
    const said = command.under?.budgets ?? [];
    const over = inOrder(limits).filter(
      (limit) =>
        !this.#hasRoom(limit, target, nowMs) && !(limit.onExceed === 'ask' && said.includes(limit.key)),
    );
    const exceeded = over.find((limit) => limit.onExceed === 'deny') ?? over[0];
    this.release(scope, ref);
    // What people are still to be asked about counts when they have said yes.
    if (exceeded === undefined || (exceeded.onExceed === 'ask' && command.approved === true)) {
      for (const { key } of limits) this.#reserved.push({ budget: key, target, scope, ref, atMs: nowMs });
    }
    if (exceeded === undefined) return { type: 'guard.allowed', ref };
    if (exceeded.onExceed === 'deny')
      return { type: 'guard.denied', ref, guardId: exceeded.guardId, message: exceeded.message };
    const guardId = over.map((limit) => limit.guardId).join(', ');
    const message = over.map((limit) => limit.message).join('; ');
    return { type: 'guard.ask', ref, guardId, message, held: heldBy(exceeded) };
  }

  /** Before a gate or a list is asked about: budgets that do not reach for all of it. */
  foresee({ ref, actions }: Extract<Command, { kind: 'foresee-guards' }>, nowMs: number): RunEvent {
    const limits = new Map(actions.flatMap((each) => each.limits.map((limit) => [limit.key, limit])));
    const over = inOrder([...limits.values()]).filter((limit) => {
      const mine = actions.filter((each) => each.limits.some(({ key }) => key === limit.key));
      const all = new Set([
        ...this.#counted(limit, nowMs),
        ...mine.map(({ rendered }) => countedAs(rendered)),
      ]);
      return limit.onExceed === 'ask' && all.size + this.#others(limit) > limit.targets;
    });
    const [first] = over;
    if (first === undefined) return { type: 'guards.foreseen', ref, demand: null };
    // All that are used up are asked about together, on terms that leave it to the playbook whom.
    const demand: ForeseenDemand = {
      guardId: over.map((limit) => limit.guardId).join(', '),
      message: over.map((limit) => limit.message).join('; '),
      terms: { approvers: [], quorum: 1, glassQuorum: 1 },
      held: heldBy(first),
      budgets: over.map(({ key }) => key),
    };
    return { type: 'guards.foreseen', ref, demand };
  }

  /** For one target more; one that counts already needs none. */
  #hasRoom(limit: LimitQuestion, target: string, nowMs: number): boolean {
    const counted = this.#counted(limit, nowMs);
    return counted.has(target) || counted.size + this.#others(limit) < limit.targets;
  }

  #counted(limit: LimitQuestion, nowMs: number): ReadonlySet<string> {
    const counted = this.#reserved.filter(
      (each) => each.budget === limit.key && each.atMs > nowMs - limit.perMs,
    );
    return new Set(counted.map((each) => each.target));
  }

  #others(limit: LimitQuestion): number {
    return this.#used[limit.guardId] ?? 0;
  }

  release(scope: OfflineScope, ref: string): void {
    this.#reserved = this.#reserved.filter((each) => each.scope !== scope || each.ref !== ref);
  }
}

/** The order in which the engine locks them, and names them in a question. */
function inOrder(limits: readonly LimitQuestion[]): LimitQuestion[] {
  return limits.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** A target once, and an action without one by itself. */
function countedAs({ target, actionKey }: RenderedAction): string {
  return target === null ? actionKey : `${target.kind}:${target.id}`;
}

function heldBy({ key, message }: LimitQuestion): HeldBy {
  return { budget: key, reason: message, joins: false };
}
