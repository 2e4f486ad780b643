import type { TenantId } from '../../../../schemas/ids.ts';
import type { PlanTrigger } from '../../../core/contracts/plan.ts';
import { filedUnder } from '../../../core/match/index-needs.ts';
import type { Tx } from '../sql.ts';

/* Replaces a playbook's rows by those of the version that is current from now on. */
const forget = 'delete from triggers_index where tenant_id = $1 and playbook_id = $2';

const insert = `
insert into triggers_index (tenant_id, playbook_id, trigger_id, type, need_path, need_value)
select $1, $2, x."triggerId", x.type, x.path, x.value
from json_to_recordset($3::json) as x("triggerId" text, type text, path text, value text)
on conflict do nothing`;

/** Called with every version that becomes current, in the same transaction. */
export async function indexTriggers(
  tx: Tx,
  tenant: TenantId,
  playbookId: string,
  triggers: readonly PlanTrigger[],
): Promise<void> {
  await tx.query(forget, [tenant, playbookId]);
  await tx.query(insert, [tenant, playbookId, JSON.stringify(triggers.flatMap(rowsOf))]);
}

function rowsOf(
  trigger: PlanTrigger,
): { triggerId: string; type: string; path: string | null; value: string }[] {
  const { id, type } = trigger;
  const need = filedUnder(trigger);
  if (need === null) return [{ triggerId: id, type, path: null, value: '' }];
  return need.values.map((value) => ({ triggerId: id, type, path: need.path, value }));
}
