import type { TenantId } from '../../../../schemas/ids.ts';
import type { LoopOrder } from '../../../core/contracts/command.ts';
import type { Frame } from '../../../core/contracts/scope.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql } from '../sql.ts';

export interface StoredFrame {
  frame: Frame;
  loop: LoopOrder | null;
}

const text = `
select f.run_id as "runId", f.path, f.frame, f.loop
from unnest($2::text[], $3::text[]) as w(run_id, path)
join frames f on f.tenant_id = $1 and f.run_id = w.run_id and f.path = w.path`;

export async function readFrames(
  sql: Sql,
  tenant: TenantId,
  names: readonly ScopeName[],
): Promise<(ScopeName & StoredFrame)[]> {
  const answer = await sql.query<ScopeName & StoredFrame>(text, [
    tenant,
    names.map((name) => name.runId),
    names.map((name) => name.path),
  ]);
  return answer.rows;
}
