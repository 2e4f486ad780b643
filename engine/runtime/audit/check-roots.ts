import type { TenantId } from '../../../schemas/ids.ts';
import { parseCheckpoint } from '../../core/audit/checkpoint.ts';
import { type Hash, hexOf, sameHash } from '../../core/audit/merkle.ts';
import { verifyNote } from '../../core/audit/signed-note.ts';
import type { VerifierKey } from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';
import { type KeyChain, keysInForce } from './read-key-chain.ts';
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
select size, root, note from audit_checkpoint
where tenant_id = $1 and log_id = $2 and size > $3 and size <= $4
order by size limit 1000`;

interface KeptRoot extends ClaimedRoot {
  note: string | null;
}

/** The kept checkpoints, each with its signature checked on the way. */
export function keptRoots(
  sql: Sql,
  tenant: TenantId,
  log: { logId: string; origin: string; size: number },
  chain: KeyChain,
  list: ProblemList,
): NextRoots {
  let before = 0;
  return async (afterSize) => {
    const { rows } = await sql.query<KeptRoot>(selectCheckpoints, [tenant, log.logId, afterSize, log.size]);
    for (const row of rows) {
      checkSignature(row, log.origin, keysInForce(chain, row.size, before), list);
      before = row.size;
    }
    return rows;
  };
}

function checkSignature(
  row: KeptRoot,
  origin: string,
  keys: readonly (VerifierKey | null)[],
  list: ProblemList,
): void {
  const known = keys.filter((key) => key !== null);
  if (row.note === null || known.length < keys.length || known.length === 0) {
    // About the checkpoint, not about entries: which of them changed, the roots tell.
    list.add('checkpoint-unsigned', null, `the checkpoint of ${row.size} entries is not signed`);
    return;
  }
  const verdict = verifyNote(row.note, known);
  const all = verdict.ok && verdict.by.length === known.length;
  const said = verdict.ok && all ? parseCheckpoint(verdict.note.text) : null;
  if (said !== null && said.origin === origin && said.size === row.size && sameHash(said.root, row.root))
    return;
  const why = !verdict.ok
    ? verdict.why
    : all
      ? 'its note names another checkpoint'
      : 'a key changes here, and not both have signed it';
  list.add('checkpoint-signature', null, `the checkpoint of ${row.size} entries: ${why}`);
}

/*
 * Read at the end: what was sealed meanwhile has its head by then, as one is due once a second. A minute is for a
 * sequencer that was just started anew. Who sets the time into the future is not believed either. A log that is
 * closed ends where it was stopped; the first entry of the next one names its root.
 */
const selectUncovered = `
select coalesce(max(kept.size), 0) as covered
from audit_log_meta meta
left join audit_checkpoint kept on kept.tenant_id = $1 and kept.log_id = meta.log_id
where meta.tenant_id = $1 and meta.log_id = $2 and meta.closed_at is null
  and meta.sealed_at not between clock_timestamp() - interval '1 minute' and clock_timestamp()
group by meta.log_id having coalesce(max(kept.size), 0) < $3`;

/** Entries that no head covers long after they were sealed: heads were removed, or nobody signs any more. */
export async function reportUncovered(
  sql: Sql,
  tenant: TenantId,
  { logId, size }: { logId: string; size: number },
  list: ProblemList,
): Promise<void> {
  const { rows } = await sql.query<{ covered: number }>(selectUncovered, [tenant, logId, size]);
  const [found] = rows;
  if (found === undefined) return;
  const message = `no checkpoint covers the entries from ${found.covered} on, and they were sealed long ago`;
  list.add('checkpoint-missing', Number(found.covered), message, size);
}

export function givenRoots(roots: readonly ClaimedRoot[], size: number): NextRoots {
  const inOrder = roots.filter((root) => root.size <= size).sort((a, b) => a.size - b.size);
  return async (afterSize) => inOrder.filter((root) => root.size > afterSize);
}
