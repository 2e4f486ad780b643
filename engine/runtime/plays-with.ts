import { createHash } from 'node:crypto';
import { canonicalText } from '../core/audit/canonical-text.ts';
import type { ActionManifests } from '../core/compile/context.ts';
import { compilerVersion } from '../core/contracts/plan.ts';

/** What a result of cases rests on beside their text and the plan. Stored with it. */
export interface PlaysWith {
  /** The number of the release. */
  engine: string;
  compiler: number;
  /** Of every installed action's manifest: examples answer for those that a case does not mention. */
  catalogue: string;
}

export function playsWith(engine: string, manifests: ActionManifests): PlaysWith {
  const catalogue = canonicalText(Object.fromEntries(manifests));
  const digest = createHash('sha256').update(catalogue).digest('hex');
  return { engine, compiler: compilerVersion, catalogue: `sha256:${digest}` };
}

/** @param now what is installed; absent where nobody says: then nothing is old */
export function isOld(result: PlaysWith, now: PlaysWith | undefined): boolean {
  if (now === undefined) return false;
  return (
    result.engine !== now.engine || result.compiler !== now.compiler || result.catalogue !== now.catalogue
  );
}
