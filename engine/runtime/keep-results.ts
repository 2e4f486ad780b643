import { createHash } from 'node:crypto';
import type { JsonObject } from '../../schemas/json.ts';
import type { Failure } from '../core/contracts/action.ts';
import { tooLarge } from '../core/run/inner-scope.ts';
import type { KeptApart } from './clean-outcome.ts';
import type { ScopeName } from './scope-name.ts';
import { artifactBytesMax, insertResult, lockArtifacts } from './store/queries/insert-artifact.ts';
import type { World } from './world.ts';

/*
 * What a round or a called run gives to a step that cannot hold it is kept beside the step, as an answer of a target is
 * (`keep-artifact.ts`): in the transaction that ends it, so here as well a step never names what is not there.
 */

export interface Excess {
  failure: Failure;
  /** In the place of the outputs. */
  outputs: JsonObject;
}

/** @returns null when the step can hold them */
export async function keepExcess(world: World, step: ScopeName, outputs: JsonObject): Promise<Excess | null> {
  const large = tooLarge(outputs);
  if (large === null) return null;
  return saidOf(large, await keep(world, step, outputs));
}

export function saidOf({ message, ...failure }: Failure, kept: KeptApart | null): Excess {
  if (kept === null) return { failure: { ...failure, message }, outputs: { omitted: message } };
  const { id, sha256 } = kept;
  return {
    failure: { ...failure, message: `${message}; all of it is ${id} (${sha256})` },
    outputs: { omitted: message, artifact: id, sha256 },
  };
}

async function keep({ tx, parts }: World, step: ScopeName, outputs: JsonObject): Promise<KeptApart | null> {
  const body = Buffer.from(JSON.stringify(outputs), 'utf8');
  if (body.length > artifactBytesMax) return null;
  const id = parts.mint('ArtifactId');
  const sha256 = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  await lockArtifacts(tx, parts.tenant, step.runId);
  return (await insertResult(tx, parts.tenant, step, { id, sha256, body })) ? { id, sha256 } : null;
}
