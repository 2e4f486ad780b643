import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface SignalItem {
  id: string;
  type: string;
  at: string;
}

/** Something that happened beside new alerts; what it carried is in the runs that it started. */
export async function readSignal(sql: Sql, tenant: TenantId, id: string): Promise<SignalItem | null> {
  const { rows } = await sql.query<{ type: string; at: Date }>(
    'select type, at from signals where tenant_id = $1 and id = $2',
    [tenant, id],
  );
  const [row] = rows;
  return row === undefined ? null : { id, type: row.type, at: timeOf(row.at) };
}
