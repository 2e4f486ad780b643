import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { majorOf } from '../contracts/action.ts';
import type { PlanAction } from '../contracts/plan.ts';
import type { CheckableManifest } from './context.ts';

/** What a run needs of an action, as it is installed now. */
export function pinAction(manifest: CheckableManifest): PlanAction {
  const [example] = Array.isArray(manifest.output.examples) ? manifest.output.examples : [];
  return {
    key: manifest.key,
    version: manifest.version,
    title: manifest.title,
    class: manifest.class,
    input: manifest.input,
    output: manifest.output,
    target: manifest.target ?? null,
    effect: manifest.effect ?? null,
    effectSentence: manifest.effectSentence,
    idempotent: manifest.idempotent,
    inverse: manifest.inverse,
    example: isJsonObject(example) ? example : ({} satisfies JsonObject),
    facts: { ...manifest.facts },
    canCheck: manifest.canCheck,
    timeoutMs: manifest.timeoutMs,
  };
}

/** The name of an action in `Plan.inverses`. */
export function pinnedKey(manifest: CheckableManifest): string {
  return `${manifest.key}@${majorOf(manifest)}`;
}
