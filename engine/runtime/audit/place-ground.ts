import type { TenantId } from '../../../schemas/ids.ts';
import type { PlaceTerms } from '../../core/audit/order.ts';
import type { NewestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';

/** In: tenant, place. Out: how far it was brought anything, and what was wrong with it last. */
const selectPlace = `
select max(size) as carried,
  (array_agg(problem order by failing_since desc nulls last))[1] as problem,
  exists (select 1 from audit_given_up where tenant_id = $1 and place = $2) as "givenUp"
from audit_anchor where tenant_id = $1 and place = $2`;

export const alreadyGivenUp = 'this place was given up already';

/** What giving this place up rests on; or why there is nothing to give up. */
export async function placeGround(
  sql: Sql,
  tenant: TenantId,
  { logId }: NewestLog,
  { place }: { place: string },
): Promise<Omit<PlaceTerms, 'reason' | 'proposedBy' | 'proposedAt'> | string> {
  const { rows } = await sql.query<{ carried: number | null; problem: string | null; givenUp: boolean }>(
    selectPlace,
    [tenant, place],
  );
  const { carried = null, problem = null, givenUp = false } = rows[0] ?? {};
  if (givenUp) return alreadyGivenUp;
  // What was never brought anything holds nothing up; the configuration alone names it.
  if (!carried)
    return 'nothing was ever brought to a place of this name, so nothing waits for it; take it out of the configuration';
  return { kind: 'place', log: logId, place, carried, problem };
}
