import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId, RunId, TenantId } from '../../schemas/ids.ts';
import type { KeptApart } from './clean-outcome.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Database } from './store/database.ts';
import {
  artifactBytesMax,
  insertAnswer,
  type NewArtifact,
  tryArtifacts,
} from './store/queries/insert-artifact.ts';

/*
 * An answer that is too large for its step is kept beside it, so that people can read what a playbook must not. It is
 * written before the outcome is reported: a step never names what is not there. What cannot be kept leaves the
 * outcome as it is.
 */

/** The outcome waits for it, and an outcome that is told after its lease counts as unknown. */
const waitedMs = 2_000;
/** Between two looks whether another answer of the run is still being written. */
const againMs = 20;

interface Attempt {
  id: AttemptId;
  runId: RunId;
}

/** @returns null when it is not kept */
export async function keepArtifact(
  { database, tenant, mint, log }: EngineParts,
  attempt: Attempt,
  text: string,
): Promise<KeptApart | null> {
  const body = Buffer.from(text, 'utf8');
  if (body.length > artifactBytesMax) return null;
  const id = mint('ArtifactId');
  const sha256 = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(reject, waitedMs, new Error(`not within ${waitedMs} ms`));
  try {
    const asked = insert(database, tenant, attempt, { id, sha256, body });
    // Of one that comes after all the run's list says; no step names it.
    return (await Promise.race([asked, late])) ? { id, sha256 } : null;
  } catch (error) {
    log('warn', 'an answer too large for its step could not be kept', {
      attempt: attempt.id,
      error: String(error),
    });
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** One at a time of a run, so that its bound holds. Whoever is not it waits without a connection: those are for outcomes. */
async function insert(
  database: Database,
  tenant: TenantId,
  attempt: Attempt,
  artifact: NewArtifact,
): Promise<boolean> {
  for (const until = performance.now() + waitedMs; performance.now() < until; await sleep(againMs)) {
    const kept = await database.transaction(async (tx) =>
      (await tryArtifacts(tx, tenant, attempt.runId)) ? insertAnswer(tx, tenant, attempt, artifact) : null,
    );
    if (kept !== null) return kept;
  }
  return false;
}
