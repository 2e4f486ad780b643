import { csvHead, csvItemOf, csvRow } from '../../engine/core/audit/entry-csv.ts';
import type { PublishedLog } from '../../engine/runtime/audit/read-published.ts';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { TenantId } from '../../schemas/ids.ts';
import type { Subject } from './bundle-files.ts';

/** What one log says, as far as it is signed. A few bytes for each entry; the texts stay where they are. */
export interface FoundLog {
  log: PublishedLog;
  /** Of all, those without a text as well. */
  indexes: number[];
  withoutText: number[];
  csvBytes: number;
}

export type Found = { ok: true; logs: FoundLog[] } | { ok: false; why: string };

/** The newest log first, down to the oldest that says anything. */
export async function findEvidence(read: Read, tenant: TenantId, subject: Subject): Promise<Found> {
  const found: FoundLog[] = [];
  for (const { log } of (await read.readLogState(tenant)).logs) {
    const published = await read.readPublished(tenant, log);
    if (published !== null) found.push(await lookThrough(read, tenant, subject, published));
  }
  if (found.length === 0) return { ok: false, why: 'There is no checkpoint yet; try again in a second.' };
  const oldest = found.findLastIndex(({ indexes, withoutText }) => indexes.length > withoutText.length);
  if (oldest < 0) return { ok: false, why: nothingSaid(subject, found) };
  return { ok: true, logs: found.slice(0, oldest + 1) };
}

async function lookThrough(
  read: Read,
  tenant: TenantId,
  subject: Subject,
  log: PublishedLog,
): Promise<FoundLog> {
  const found: FoundLog = { log, indexes: [], withoutText: [], csvBytes: 0 };
  const filter = { log: log.logId, [subject.kind]: subject.id, sort: 'index' } as const;
  let cursor: string | undefined;
  do {
    const page = await read.listEntries(tenant, filter, { limit: 200, cursor });
    for (const item of page.items) {
      // What was sealed since is in the next bundle.
      if (item.index >= log.size) return found;
      found.indexes.push(item.index);
      if (item.entry === null) found.withoutText.push(item.index);
      found.csvBytes += Buffer.byteLength(csvRow(csvItemOf(item)));
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

export function csvHeadBytes(): number {
  return Buffer.byteLength(csvHead());
}

function nothingSaid({ kind, id }: Subject, found: readonly FoundLog[]): string {
  const gone = found.flatMap(({ withoutText }) => withoutText).length;
  return gone === 0
    ? `No sealed entry is about ${kind} ${id} yet.`
    : `Nothing about ${kind} ${id} is left to prove: ${haveNoText(gone)}.`;
}

export function haveNoText(count: number): string {
  return count === 1
    ? '1 entry about it has no text any more'
    : `${count} entries about it have no text any more`;
}
