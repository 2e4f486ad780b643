import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { Actor } from '../../core/contracts/entry.ts';
import { recordAudit } from '../record-audit.ts';
import type { Database } from '../store/database.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import { type LetIn, type NotThem, notThemAnyMore } from './still-them.ts';

/** Whose order it is. */
export interface Ordering {
  actor: Actor;
  requestId?: string;
  /** Null: by nothing that could have ended, as the engine itself. */
  letIn: LetIn | null;
}

/** Of a text that was to be published nothing was looked at. */
export type Turned = { ok: false; diagnostics: never[] } & NotThem;

interface Context {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  afterCommit?(news: { entries: true }): void;
}

/** Rolls back whatever transaction was about to do it. */
class NoLongerThem extends Error {
  readonly refusal: NotThem;

  constructor(refusal: NotThem) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/**
 * Does an order with a database whose transactions begin by asking whether they are still them: nothing that is handed
 * it can forget to. A refusal is an entry.
 *
 * @param locksPeople whether the order locks people for a change itself. It is then repeated after a deadlock, as with
 * two administrators who deactivate each other, and must do nothing outside the database
 */
export async function asThem<Answer>(
  context: Context,
  { letIn, actor, requestId }: Ordering,
  run: (database: Database) => Promise<Answer>,
  { locksPeople = false }: { locksPeople?: boolean } = {},
): Promise<Answer | Turned> {
  const { database, tenant, mint } = context;
  if (letIn === null) return run(database);
  const asking: Database = {
    ...database,
    transaction: (work, options) =>
      database.transaction(
        async (tx) => {
          const refusal = await notThemAnyMore(tx, tenant, letIn, locksPeople ? 'proof' : 'person');
          if (refusal !== null) throw new NoLongerThem(refusal);
          return work(tx);
        },
        locksPeople ? { retries: 3, ...options } : options,
      ),
  };
  try {
    return await run(asking);
  } catch (error) {
    if (!(error instanceof NoLongerThem)) throw error;
    const { code, detail } = error.refusal;
    await database.transaction(async (tx) => {
      const about = { actor, ...(requestId !== undefined && { requestId }) };
      const entry = { type: 'auth.refused', ...about, outcome: 'denied', code, reason: detail } as const;
      await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
    });
    context.afterCommit?.({ entries: true });
    return { ok: false, code, detail, diagnostics: [] };
  }
}
