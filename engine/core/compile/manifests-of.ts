import type { ActionRegistry } from '../contracts/action.ts';
import type { ActionManifests } from './context.ts';

/** What the compiler needs of the registry: data only, no function that could act. */
export function manifestsOf(registry: ActionRegistry): ActionManifests {
  return new Map(
    [...registry].map(([key, { manifest, check, tell }]) => [
      key,
      { ...manifest, canCheck: check !== undefined, canTell: tell !== undefined },
    ]),
  );
}
