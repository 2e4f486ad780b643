import type { ArtifactId, AttemptId, TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';

/** Five thousand items with such an answer each would fill the disk, and answers are an intruder's to choose. */
const bytesPerRunMax = 64 * 1024 * 1024;

export interface NewArtifact {
  id: ArtifactId;
  attempt: AttemptId;
  /** `sha256:…` of the body. */
  sha256: string;
  body: Uint8Array;
}

// Of the run's artifacts and nothing else: no scope of it waits here. A statement of its own, so that the next one sees
// what whoever had the lock before has committed.
const lock = `
select pg_try_advisory_xact_lock(hashtextextended(concat_ws('/', a.tenant_id, 'artifacts', a.run_id), 0)) as won
from attempts a where a.tenant_id = $1 and a.id = $2`;

const insert = `
insert into artifacts (tenant_id, id, run_id, path, attempt_id, sha256, size, body)
select $1, $2, a.run_id, a.step_path, a.id, $4, octet_length($5::bytea), $5 from attempts a
where a.tenant_id = $1 and a.id = $3 and octet_length($5::bytea) + (
  select coalesce(sum(size), 0) from artifacts k where k.tenant_id = $1 and k.run_id = a.run_id) <= $6`;

/** `busy`: another one of the run is being written. */
export async function insertArtifact(
  tx: Tx,
  tenant: TenantId,
  { id, attempt, sha256, body }: NewArtifact,
): Promise<'kept' | 'no room' | 'busy'> {
  const { rows } = await tx.query<{ won: boolean }>(lock, [tenant, attempt]);
  if (rows[0]?.won === false) return 'busy';
  const { rowCount } = await tx.query(insert, [tenant, id, attempt, sha256, body, bytesPerRunMax]);
  return rowCount === 1 ? 'kept' : 'no room';
}
