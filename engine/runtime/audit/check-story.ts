import type { TenantId } from '../../../schemas/ids.ts';
import { OrderStory } from '../../core/audit/order-story.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import { barOf, type Earlier, factOf, needsOf } from '../../core/audit/story.ts';
import type { Entry } from '../../core/contracts/entry.ts';
import type { Sql } from '../store/sql.ts';
import type { ProblemList } from './verification.ts';

/** Facts kept in memory, about 20 MB; needs that reach further back are looked up in the run's rows. */
const factsMax = 100_000;

const selectEarlier = `
select entry from audit_log
where tenant_id = $1 and run_id is not distinct from $3 and type = $4
  and (log_id = $2 and idx < $5 or log_id in (
    select before.log_id from audit_log_meta before
    join audit_log_meta mine on mine.tenant_id = $1 and mine.log_id = $2 and before.incarnation < mine.incarnation
    where before.tenant_id = $1))
  and entry is not null
order by idx`;

/** Follows the story while the entries pass by, in bounded memory. */
export class StoryCheck {
  #sql: Sql;
  #tenant: TenantId;
  #logId: string;
  #list: ProblemList;
  /** Something earlier was pruned: what is not found may have been there. */
  #pruned: boolean;
  #facts = new Set<string>();
  /** Facts that are not in memory: older ones, and those of the logs before this one. */
  #forgot: boolean;
  #factsMax: number;
  #orders: OrderStory;

  constructor(
    sql: Sql,
    tenant: TenantId,
    { logId, minIndex, incarnation }: { logId: string; minIndex: number; incarnation: number },
    list: ProblemList,
    max = factsMax,
  ) {
    this.#sql = sql;
    this.#tenant = tenant;
    this.#logId = logId;
    this.#list = list;
    this.#pruned = minIndex > 0;
    this.#forgot = incarnation > 1;
    this.#factsMax = max;
    this.#orders = new OrderStory(!this.#pruned && !this.#forgot);
  }

  /** Orders about the log that were done, and how many of them two passkeys did not sign. */
  get orders(): { done: number; unsigned: number } {
    return { done: this.#orders.done, unsigned: this.#orders.unsigned };
  }

  /** After the last entry. */
  end(): void {
    for (const { index, message } of this.#orders.end()) this.#list.add('order-not-signed', index, message);
  }

  async pass(index: number, entry: Entry): Promise<void> {
    for (const { index: at, message } of this.#orders.pass(index, entry))
      this.#list.add('order-not-signed', at, message);
    let wentBack = false;
    for (const need of needsOf(entry)) {
      if (this.#facts.has(need.fact) || this.#pruned) continue;
      if (this.#forgot && (await this.#findEarlier(index, entry, need))) wentBack = true;
      else this.#list.add(need.what, index, need.message);
    }
    // A yes is void after it was given: where that is in memory, so is this.
    const bar = barOf(entry);
    if (
      bar !== null &&
      (this.#facts.has(bar.fact) || (wentBack && (await this.#findEarlier(index, entry, bar))))
    )
      this.#list.add(bar.what, index, bar.message);
    const fact = factOf(entry);
    if (fact === null) return;
    // Said again, it counts as new: retries of one action come close together.
    this.#facts.delete(fact);
    this.#facts.add(fact);
    if (this.#facts.size <= this.#factsMax) return;
    for (const oldest of this.#facts) {
      this.#facts.delete(oldest);
      this.#forgot = true;
      break;
    }
  }

  async #findEarlier(index: number, entry: Entry, { type, fact }: Earlier): Promise<boolean> {
    const { rows } = await this.#sql.query<{ entry: Uint8Array }>(selectEarlier, [
      this.#tenant,
      this.#logId,
      entry.runId ?? null,
      type,
      index,
    ]);
    return rows.some((row) => {
      const read = readEntry(row.entry);
      return read.ok && factOf(read.entry) === fact;
    });
  }
}
