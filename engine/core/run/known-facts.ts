import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { ActionStep } from '../contracts/plan.ts';

/*
 * What a run was told about a target. What it was told by an output that its step hides (`mask`) is used like the
 * rest, by guards above all, and shown to nobody: its names stand among the facts, in a field that no manifest can tell.
 */

/** Persisted, in snapshots and in `target_facts`. */
const hiddenField = '~hidden';

/** What is known of its target once a step has succeeded. */
export function learnFacts(known: JsonObject, { action, mask }: ActionStep, outputs: JsonObject): JsonObject {
  const facts = usableFacts(known);
  const hidden = new Set(hiddenIn(known));
  for (const [fact, output] of Object.entries(action.facts)) {
    const value = outputs[output];
    if (value === undefined) continue;
    facts[fact] = learned(fact, facts[fact], value);
    // Hidden until an output tells it openly.
    if (mask.includes(output)) hidden.add(fact);
    else hidden.delete(fact);
  }
  return hidden.size === 0 ? facts : { ...facts, [hiddenField]: [...hidden] };
}

/**
 * Of one account two directories may tell. What one calls protected stays so when the other one does not know of it.
 */
export function learned(fact: string, before: Json | undefined, told: Json): Json {
  if (fact !== 'tags' || !Array.isArray(before) || !Array.isArray(told)) return told;
  return [...before, ...told.filter((tag) => !before.includes(tag))];
}

/** For whoever decides by them. */
export function usableFacts({ [hiddenField]: _, ...facts }: JsonObject): JsonObject {
  return facts;
}

/** For whoever reads them. */
export function openFacts(facts: JsonObject): JsonObject {
  const hidden = hiddenIn(facts);
  return Object.fromEntries(Object.entries(usableFacts(facts)).filter(([name]) => !hidden.includes(name)));
}

/** For all runs: without a hidden name, which every list of targets would show. */
export function storedFacts(facts: JsonObject): JsonObject {
  if (!hiddenIn(facts).includes('name')) return facts;
  const { name: _, ...rest } = facts;
  return rest;
}

function hiddenIn(facts: JsonObject): string[] {
  const names = facts[hiddenField];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}
