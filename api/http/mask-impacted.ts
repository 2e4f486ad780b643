import { mayI, type Principal } from '../../engine/core/identity/rights.ts';
import type { ImpactedItem } from '../../engine/runtime/read/list-impacted.ts';

/** What was read of a target is a value, as it is on a card. */
export function impactedFor(caller: Principal, item: ImpactedItem): ImpactedItem {
  return mayI(caller, 'values.read').allowed ? item : { ...item, known: null };
}
