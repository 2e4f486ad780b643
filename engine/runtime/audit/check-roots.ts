import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, hexOf, sameHash } from '../../core/audit/merkle.ts';
import type { Sql } from '../store/sql.ts';
import type { ProblemKind, ProblemList } from './verification.ts';

export interface ClaimedRoot {
  size: number;
  root: Hash;
}

/** Claimed roots in ascending order of size, a page at a time; an empty page is the end. */
export type NextRoots = (afterSize: number) => Promise<ClaimedRoot[]>;

/**
 * Compares roots that were claimed earlier with the tree as it is now, while it is rebuilt leaf by leaf.
 * A wrong root tells only that something before its size changed: not before the last one that fitted.
 */
export class RootCheck {
  checked = 0;
  #next: NextRoots;
  #kind: ProblemKind;
  #list: ProblemList;
  #page: ClaimedRoot[] = [];
  #ended = false;
  #afterSize = -1;
  #goodSize = 0;
  #lastFitted = true;

  constructor(next: NextRoots, kind: ProblemKind, list: ProblemList) {
    this.#next = next;
    this.#kind = kind;
    this.#list = list;
  }

  /** `roots` gives the candidates at this size; one that fits is enough, as they differ only where reported. */
  async at(size: number, roots: () => Hash[]): Promise<void> {
    for (let claimed = await this.#peek(); claimed?.size === size; claimed = await this.#peek()) {
      this.#page.shift();
      this.checked += 1;
      const now = roots();
      const { root } = claimed;
      if (now.some((candidate) => sameHash(candidate, root))) {
        this.#goodSize = size;
        this.#lastFitted = true;
        continue;
      }
      // Every later root of a changed log is wrong too; the first one says it.
      if (this.#lastFitted) {
        const is = hexOf(now[0] ?? root);
        this.#list.add(
          this.#kind,
          this.#goodSize,
          `root at size ${size} is ${is}, claimed was ${hexOf(root)}; an entry from ${this.#goodSize} on, or the claim, was changed`,
          Math.max(size, this.#goodSize + 1),
        );
      } else {
        this.#list.leftOut += 1;
      }
      this.#lastFitted = false;
    }
  }

  async #peek(): Promise<ClaimedRoot | undefined> {
    if (this.#page.length === 0 && !this.#ended) {
      this.#page = await this.#next(this.#afterSize);
      this.#ended = this.#page.length === 0;
      this.#afterSize = this.#page.at(-1)?.size ?? this.#afterSize;
    }
    return this.#page[0];
  }
}

const selectCheckpoints = `
select size, root from audit_checkpoint
where tenant_id = $1 and log_id = $2 and size > $3 and size <= $4
order by size limit 1000`;

export function keptRoots(sql: Sql, tenant: TenantId, logId: string, size: number): NextRoots {
  return async (afterSize) =>
    (await sql.query<ClaimedRoot>(selectCheckpoints, [tenant, logId, afterSize, size])).rows;
}

export function givenRoots(roots: readonly ClaimedRoot[], size: number): NextRoots {
  const inOrder = roots.filter((root) => root.size <= size).sort((a, b) => a.size - b.size);
  return async (afterSize) => inOrder.filter((root) => root.size > afterSize);
}
