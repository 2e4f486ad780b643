import type { ArtifactId, AttemptId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';

export const artifactBytesMax = 16 * 1024 * 1024;
/** Five thousand items with such an answer each would fill the disk, and answers are an intruder's to choose. */
export const artifactBytesPerRunMax = 64 * 1024 * 1024;

export interface NewArtifact {
  id: ArtifactId;
  /** `sha256:…` of the body. */
  sha256: string;
  body: Uint8Array;
}

// Of the run's artifacts and nothing else. A statement of its own, so that the next one sees what whoever had the lock
// before has committed.
const key = (run: string) => `hashtextextended(concat_ws('/', $1::text, 'artifacts', ${run}), 0)`;

/** False while another one of the run is being written. */
export async function tryArtifacts(tx: Tx, tenant: TenantId, run: RunId): Promise<boolean> {
  const { rows } = await tx.query<{ won: boolean }>(
    `select pg_try_advisory_xact_lock(${key('$2::text')}) as won`,
    [tenant, run],
  );
  return rows[0]?.won === true;
}

/** Waits for the moment that another one of the run takes: whoever ends a step cannot come again. */
export async function lockArtifacts(tx: Tx, tenant: TenantId, run: RunId): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${key('$2::text')})`, [tenant, run]);
}

/** What is left of a run's share. In: tenant and run. */
export const roomOf = `${artifactBytesPerRunMax} - (
  select coalesce(sum(size), 0) from artifacts k where k.tenant_id = $1 and k.run_id = $2)`;

const ofAttempt = `
insert into artifacts (tenant_id, id, run_id, path, attempt_id, sha256, size, body)
select $1, $3, $2, a.step_path, a.id, $4, octet_length($5::bytea), $5 from attempts a
where a.tenant_id = $1 and a.id = $6 and octet_length($5::bytea) <= ${roomOf}`;

/** What an attempt's target answered. @returns whether the run had room for it */
export async function insertAnswer(
  tx: Tx,
  tenant: TenantId,
  { id: attempt, runId }: { id: AttemptId; runId: RunId },
  { id, sha256, body }: NewArtifact,
): Promise<boolean> {
  const { rowCount } = await tx.query(ofAttempt, [tenant, runId, id, sha256, body, attempt]);
  return rowCount === 1;
}

const ofStep = `
insert into artifacts (tenant_id, id, run_id, path, sha256, size, body)
select $1, $3, $2, $6, $4, octet_length($5::bytea), $5 where octet_length($5::bytea) <= ${roomOf}`;

/** What was gathered for a step. @returns whether the run had room for it */
export async function insertResult(
  tx: Tx,
  tenant: TenantId,
  { runId, path }: { runId: RunId; path: string },
  { id, sha256, body }: NewArtifact,
): Promise<boolean> {
  const { rowCount } = await tx.query(ofStep, [tenant, runId, id, sha256, body, path]);
  return rowCount === 1;
}
