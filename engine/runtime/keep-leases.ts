import type { IncidentId, UndoId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { rolesThatMay } from '../core/identity/rights.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import { refOfLease, undoAfterEnd } from '../core/undo/undo-after-end.ts';
import { emptyBatch } from './batch.ts';
import { rootScope } from './create-run.ts';
import type { EngineParts } from './engine-parts.ts';
import { openUndo } from './open-undo.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { findEndedLeases, takeEndedLease, takeWarnings, type Warned } from './store/queries/leases.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import type { Tx } from './store/sql.ts';
import type { TryLater } from './try-later.ts';

/*
 * The end of leases (language reference 6). Whether its run still moves or ended long ago makes no
 * difference: a record whose lease has come gets an undo of its own, at once or behind a question. Each
 * is a transaction of its own, so that one that cannot be begun keeps no other from it.
 */

const atOnceMax = 50;

/** @param later those that could not be begun: kept by the caller between two looks, which are a second apart */
export async function keepLeases(parts: EngineParts, later: TryLater<UndoId>): Promise<void> {
  await parts.database.transaction((tx) => warn(tx, parts));
  for (const id of await findEndedLeases(parts.database, parts.tenant, atOnceMax, later.waiting())) {
    try {
      const mail = await parts.database.transaction((tx) => end(tx, parts, id));
      later.passed(id);
      parts.pass?.('lease.committed');
      if (mail !== null) parts.afterCommit({ entries: true, mail });
    } catch (error) {
      parts.log('error', 'the end of a lease could not be begun; trying again', {
        record: id,
        waitMs: later.failed(id),
        error: String(error),
      });
    }
  }
}

const engine = { kind: 'system', id: 'timekeeper', channel: 'engine' } as const;

async function warn(tx: Tx, parts: EngineParts): Promise<void> {
  const warned = await takeWarnings(tx, parts.tenant, atOnceMax);
  if (warned.length === 0) return;
  const entries = warned.map((lease) => warningOf(lease, parts.publicUrl));
  const stuck = warned.filter(({ ahead }) => !ahead).map(({ id }) => id);
  if (stuck.length > 0)
    parts.log('error', 'leases have ended, and only an engine of another version can end them', {
      records: stuck,
    });
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), entries, parts.mint);
  parts.pass?.('lease.warned');
}

/** Told outside as well, so it says who can do something about it, and where. */
function warningOf(lease: Warned, publicUrl: string): EntryDraft {
  const { id, runId, stepPath, target, until, atEnd, action, effect, incidentId, owner } = lease;
  const { playbookId, version, digest, ahead, compilerVersion } = lease;
  return {
    type: ahead ? 'lease.expiring' : 'lease.stuck',
    actor: engine,
    runId,
    step: stepPath,
    playbook: { id: playbookId, version, digest },
    action,
    ...(incidentId === null ? {} : { incidentId: incidentId as IncidentId }),
    ...(target === null ? {} : { targets: [target] }),
    ...(!ahead && { outcome: 'failure', code: 'run/needs-engine' }),
    data: {
      record: id,
      until: until.toISOString(),
      at_end: atEnd,
      ...(!ahead && { compiler_version: compilerVersion }),
      ...(effect !== null && { effect }),
      renewed_by: rolesThatMay('runs.undo'),
      ...(owner !== null && { owner }),
      page: `${publicUrl}/undo/${id}`,
    },
  };
}

/** Null: somebody else has it, or it was renewed or taken back meanwhile. */
async function end(tx: Tx, parts: EngineParts, id: UndoId): Promise<ScopeName[] | null> {
  const { tenant } = parts;
  const lease = await takeEndedLease(tx, tenant, id);
  if (lease === null) return null;
  const { ends, until, atEnd, digest, playbookId, given, snapshot, ...record } = lease;
  const nowMs = await databaseNowMs(tx);
  const { plan } = await parts.loadPlan(digest);
  const env = { plan, given, scope: rootScope, nowMs, connections: parts.connections };
  const ref = refOfLease(Number(record.seq), ends);
  const askFirst = `its lease ended at ${until.toISOString()}; without a yes it stays as long again`;
  const order = undoAfterEnd(env, decodeSnapshot(snapshot), {
    ref,
    records: [record],
    ...(atEnd === 'ask' && { askFirst }),
  });
  const batch = emptyBatch();
  openUndo(batch, record.runId, order, { number: ends, name: `Lease ended: ${record.stepName}`, nowMs });
  const { told: mail } = await writeBatch(tx, tenant, batch);
  const entry: EntryDraft = {
    type: 'lease.ended',
    actor: engine,
    runId: record.runId,
    step: record.stepPath,
    playbook: { id: playbookId, version: plan.playbook.version, digest },
    ...(record.target === null ? {} : { targets: [record.target] }),
    data: { record: id, until: until.toISOString(), at_end: atEnd },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  parts.pass?.('lease.before-commit');
  return mail;
}
