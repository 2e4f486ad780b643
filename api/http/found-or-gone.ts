import type { TenantId } from '../../schemas/ids.ts';
import { found, Problem } from './problem.ts';

interface Asked {
  read: { hasGone(tenant: TenantId, id: string): Promise<boolean> };
  tenant: TenantId;
}

/** As `found`, and what retention let go of is told from what never was. Whoever asks may read all of its kind. */
export async function foundOrGone<Value>(
  value: Value | null,
  { read, tenant }: Asked,
  id: string,
): Promise<Value> {
  if (value === null && (await read.hasGone(tenant, id))) throw new Problem('request/gone');
  return found(value);
}
