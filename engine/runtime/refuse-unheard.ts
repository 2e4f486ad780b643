import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { isLoadable } from './park-runs.ts';
import type { Sql } from './store/sql.ts';

export interface Unheard {
  ok: false;
  code: Code;
  detail: string;
}

/** What to tell a person whose word about a run was not heard: nothing of a parked run is decided about here. */
export async function refuseUnheard(
  parts: EngineParts,
  runId: RunId,
  entry: Omit<EntryDraft, 'runId' | 'outcome' | 'code' | 'reason'>,
): Promise<Unheard> {
  const refused = await whyUnheard(parts, runId);
  const { code, detail } = refused;
  await parts.told.note({ ...entry, runId, outcome: 'denied', code, reason: detail });
  return refused;
}

interface Pinned {
  state: string;
  compilerVersion: number;
  snapshotVersion: number;
}

const pinned = `
select state, compiler_version as "compilerVersion", snapshot_version as "snapshotVersion" from runs
where tenant_id = $1 and id = $2`;

async function whyUnheard(
  { database, tenant }: { database: Sql; tenant: EngineParts['tenant'] },
  runId: RunId,
): Promise<Unheard> {
  const [run] = (await database.query<Pinned>(pinned, [tenant, runId])).rows;
  if (run === undefined || isLoadable(run))
    return { ok: false, code: 'request/not-found', detail: 'the run it belongs to is gone' };
  if (!['queued', 'running', 'waiting', 'undoing'].includes(run.state)) {
    const detail = `the run has ended as ${run.state}; nothing was changed`;
    return { ok: false, code: 'request/conflict', detail };
  }
  const detail = 'the run was compiled by another version; only an engine of that version can hear an answer';
  return { ok: false, code: 'run/needs-engine', detail };
}
