import type { TenantId } from '../../../schemas/ids.ts';
import { type ExplainedRecord, explainUndo } from '../../core/undo/explain-undo.ts';
import { type IncidentRun, runsToUndo } from '../store/queries/incident-undo.ts';
import { type HolderView, holdersOf } from '../store/queries/undo-holders.ts';
import { allRecords } from '../store/queries/undo-records.ts';
import type { Sql } from '../store/sql.ts';
import { undoRunsMax } from '../undo-incident.ts';

export interface IncidentUndoPreview {
  records: ExplainedRecord<HolderView>[];
  /** Not touched by an undo: cancelled with undo instead. */
  open: IncidentRun[];
}

/** What an undo of the incident would come to as things stand, for who is about to order it. */
export async function previewIncidentUndo(
  sql: Sql,
  tenant: TenantId,
  incident: string,
  only = allRecords,
): Promise<IncidentUndoPreview> {
  const runs = await runsToUndo(sql, tenant, incident, only, undoRunsMax);
  const ended = runs.filter(({ open }) => !open);
  const ids = [...new Set(ended.flatMap(({ records }) => records))];
  return {
    records: explainUndo(await holdersOf(sql, tenant, ids)),
    open: runs.filter(({ open }) => open),
  };
}
