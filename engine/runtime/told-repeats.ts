import { createHash } from 'node:crypto';
import type { MintId, TenantId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { Person } from './approval-rows.ts';
import { createMinuteLedger } from './identity/minute-ledger.ts';
import { recordAudit } from './record-audit.ts';
import type { Database } from './store/database.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

/*
 * What one person does again and again with the same result, as who reloads a card or sends a decision that is refused:
 * somebody with rights could fill the log with it. The first is told at once. What is the same within five minutes is
 * counted and becomes one more entry with the number. The same is what has the same code and would say the same: whatever
 * differs, be it the question's digest, the decision that was sent or why it did not count, is told by itself.
 *
 * Kept in the process: several tell the first each, and one that dies takes the count of the rest with it.
 */

export interface ToldRepeats {
  /**
   * Of what is refused inside a transaction: what is written there, nothing when it is the same again, and what is
   * called after the commit.
   */
  refused(draft: EntryDraft, way: Way): { entries: EntryDraft[]; committed(): Promise<void> };
  /** For what belongs to no transaction. `version`: of what it is about, where the draft does not say so. */
  note(draft: EntryDraft, version?: string): Promise<void>;
  /** Writes at once what was counted. */
  settle(): Promise<void>;
}

/** How a person proved who they are: by another token or in another session it is something else. */
type Way = Pick<Person, 'letIn' | 'signedInAtMs'>;

const minutes = 5;

export function createToldRepeats(parts: {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  committed(): void;
}): ToldRepeats {
  const { database, tenant, mint } = parts;
  const write = async (draft: EntryDraft): Promise<void> => {
    await database.transaction(async (tx) => recordAudit(tx, tenant, await databaseNowMs(tx), [draft], mint));
    parts.committed();
  };
  const ledger = createMinuteLedger<EntryDraft>(
    (draft, count, isFirst) => write(isFirst ? draft : again(draft, count)),
    minutes,
    withoutValues,
  );
  return {
    refused(draft, { letIn, signedInAtMs }) {
      const key = sameness(draft, `${JSON.stringify(letIn?.by)} ${signedInAtMs}`);
      return ledger.isOpen(key)
        ? // Its five minutes may be over by then: then this is a first one.
          { entries: [], committed: () => ledger.note(key, draft) }
        : { entries: [draft], committed: async () => ledger.opened(key, draft) };
    },
    note: (draft, version) => ledger.note(sameness(draft, version), draft),
    settle: () => ledger.settle(),
  };
}

/** By whichever requests they came, and in whichever words: some repeat what was sent. A digest, because that may be long. */
function sameness(draft: EntryDraft, version = ''): string {
  const said = JSON.stringify([version, { ...draft, requestId: null, reason: null }]);
  return createHash('sha256').update(said).digest('base64');
}

function again({ requestId: _, ...draft }: EntryDraft, count: number): EntryDraft {
  return { ...draft, data: { ...draft.data, count, window_s: minutes * 60 } };
}

/** What somebody wanted to change arguments to may be long, and stands in the first one. */
function withoutValues(draft: EntryDraft): EntryDraft {
  const { edit: _, ...data } = draft.data ?? {};
  return { ...draft, data };
}
