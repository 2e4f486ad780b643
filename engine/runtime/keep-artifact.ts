import { createHash } from 'node:crypto';
import type { AttemptId } from '../../schemas/ids.ts';
import type { KeptApart } from './clean-outcome.ts';
import type { EngineParts } from './engine-parts.ts';

/*
 * An answer that is too large for its step is kept beside it, so that people can read what a playbook must not. It is
 * written before the outcome is reported: a step never names what is not there. What cannot be kept leaves the
 * outcome as it is.
 */

const bytesMax = 16 * 1024 * 1024;
/** The outcome waits for it, and an outcome that is told after its lease counts as unknown. */
const waitedMs = 2_000;
/** Of a run, give or take what is kept at the same moment: five thousand items with such an answer each would fill the disk, and answers are an intruder's to choose. */
const bytesPerRunMax = 64 * 1024 * 1024;

const insert = `
insert into artifacts (tenant_id, id, run_id, path, attempt_id, sha256, size, body)
select $1, $2, a.run_id, a.step_path, a.id, $4, octet_length($5::bytea), $5 from attempts a
where a.tenant_id = $1 and a.id = $3 and octet_length($5::bytea) + (
  select coalesce(sum(size), 0) from artifacts k where k.tenant_id = $1 and k.run_id = a.run_id) <= $6`;

/** @returns null when it is not kept */
export async function keepArtifact(
  { database, tenant, mint, log }: EngineParts,
  attempt: AttemptId,
  text: string,
): Promise<KeptApart | null> {
  const body = Buffer.from(text, 'utf8');
  if (body.length > bytesMax) return null;
  const id = mint('ArtifactId');
  const sha256 = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(reject, waitedMs, new Error(`not within ${waitedMs} ms`));
  try {
    const asked = database.query(insert, [tenant, id, attempt, sha256, body, bytesPerRunMax]);
    // Of one that comes after all the run's list says; no step names it.
    const { rowCount } = await Promise.race([asked, late]);
    return rowCount === 1 ? { id, sha256 } : null;
  } catch (error) {
    log('warn', 'an answer too large for its step could not be kept', {
      attempt,
      error: String(error),
    });
    return null;
  } finally {
    clearTimeout(timer);
  }
}
