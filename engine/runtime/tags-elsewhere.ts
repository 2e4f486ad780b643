import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import type { Command } from '../core/contracts/command.ts';
import { learned } from '../core/run/known-facts.ts';
import { tagsOfAccount } from './store/queries/tags-of-account.ts';
import type { World } from './world.ts';

/**
 * What guardrails see of an account: also the tags that it has under another name, in another directory. Whom one door
 * protects is not reached by the other. Where this run has not looked, nothing is added: that denies by itself.
 */
export async function withTagsElsewhere(
  world: World,
  { rendered: { target }, guard }: Extract<Command, { kind: 'check-guards' }>,
): Promise<JsonObject> {
  const facts = isJsonObject(guard.target) ? guard.target : {};
  if (target?.kind !== 'user' || !Array.isArray(facts.tags)) return guard;
  const upn = typeof facts.upn === 'string' ? facts.upn : null;
  const tags = await tagsOfAccount(world.tx, world.parts.tenant, target.id, upn);
  return { ...guard, target: { ...facts, tags: learned('tags', facts.tags, tags) } };
}
