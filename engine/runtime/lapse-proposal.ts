import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

/*
 * Proposed guardrails wait two weeks for a second person, time for whoever is away to read them. After that they are
 * about an installation as it was: months later one more person would put in force what nobody means any more.
 */

const old = `f.tenant_id = $1 and v.tenant_id = f.tenant_id and v.version = f.proposal
  and v.proposed_at <= clock_timestamp() - interval '14 days'`;

/** Looked for again and again; the lock is that of whoever confirms. */
export async function keepProposal(parts: EngineParts): Promise<void> {
  const { database, tenant } = parts;
  const found = `select 1 from guardrails_in_force f, guardrails_versions v where ${old}`;
  if ((await database.query(found, [tenant])).rowCount === 0) return;
  await database.transaction(async (tx) => {
    // Whoever waits for the lock holds up those behind it; the next look comes in a second.
    await tx.query(`set local lock_timeout = '2s'`);
    await tx.query('lock table guardrails_in_force in exclusive mode');
    await lapseProposal(tx, parts);
  });
  parts.afterCommit({ entries: true });
}

const drop = `
with lapsed as (
  update guardrails_versions v set dropped_by = 'timekeeper', dropped_at = clock_timestamp()
  from guardrails_in_force f where ${old}
  returning v.version, v.digest, v.proposed_by as by, v.proposed_at as at
),
gone as (
  update guardrails_in_force f set proposal = null from lapsed where f.tenant_id = $1 and f.proposal = lapsed.version
)
select * from lapsed`;

interface Lapsed {
  version: number;
  digest: string;
  by: string;
  at: Date;
}

/** With the table locked. */
export async function lapseProposal(tx: Tx, { tenant, mint }: EngineParts): Promise<void> {
  const [lapsed] = (await tx.query<Lapsed>(drop, [tenant])).rows;
  if (lapsed === undefined) return;
  const { version, digest, by, at } = lapsed;
  const entry = {
    type: 'guardrails.lapsed' as const,
    actor: { kind: 'system' as const, id: 'timekeeper', channel: 'engine' as const },
    outcome: 'success' as const,
    reason: 'no second person confirmed them within 14 days',
    data: { version, digest, proposed_by: by, proposed_at: at.toISOString() },
  };
  await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
}
