import type { Code } from '../../schemas/codes.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { emitSignals } from './emit-signal.ts';
import type { EngineParts } from './engine-parts.ts';
import { incidentSignals } from './incident-signals.ts';
import { recordAudit } from './record-audit.ts';
import type { ScopeName } from './scope-name.ts';
import { lockIncidents, writeIncident } from './store/queries/incidents.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

export interface IncidentChange {
  status?: string;
  classification?: string;
  /** Empty: nobody's. */
  owner?: string;
}

type Changed = { ok: true; version: number } | { ok: false; code: Code; detail: string };

/**
 * A person's word on an incident. Row, entry and signal are one commit: a playbook that waits for the
 * verdict hears of it exactly when it counts. `version` is what the person saw.
 */
export async function changeIncident(
  parts: EngineParts,
  input: { id: string; version: number; change: IncidentChange; actor: Actor; requestId: string },
): Promise<Changed> {
  const { tenant } = parts;
  let mail: ScopeName[] = [];
  const changed = await parts.database.transaction<Changed>(
    async (tx) => {
      mail = [];
      const [before] = await lockIncidents(tx, tenant, [input.id]);
      if (before === undefined)
        return { ok: false, code: 'request/not-found', detail: 'there is no such incident' };
      if (before.version !== input.version) {
        const detail = `the incident has changed since; it is at version ${before.version} now`;
        return { ok: false, code: 'request/stale', detail };
      }
      const { status, classification, owner } = before;
      const now = { status, classification, owner };
      const next = { ...now, ...input.change };
      const changes = (['status', 'classification', 'owner'] as const).filter(
        (key) => now[key] !== next[key],
      );
      if (changes.length === 0) return { ok: true, version: before.version };
      await writeIncident(tx, tenant, before.id, next);
      const entry = {
        type: 'incident.updated' as const,
        actor: input.actor,
        incidentId: before.id,
        requestId: input.requestId,
        data: Object.fromEntries(changes.map((key) => [key, { from: now[key], to: next[key] }])),
      };
      await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], parts.mint);
      const cause = { causedBy: input.actor.id, mark: null, chain: 0 };
      const signals = await incidentSignals(tx, parts, 'incident.updated', [{ id: before.id, ...cause }]);
      mail = await emitSignals(tx, parts, signals);
      return { ok: true, version: before.version + 1 };
    },
    { retries: 3 },
  );
  if (changed.ok) parts.afterCommit({ entries: true, mail });
  return changed;
}
