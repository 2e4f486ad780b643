import type { JsonObject } from '../../../schemas/json.ts';
import { listOf, textOf } from './read-vendor.ts';

/** What a target was in the attack, by the piece that names it; `unknown` says nothing. */
export function rolesOf(piece: JsonObject): JsonObject {
  const words = listOf(piece.roles).map((role) => snakeCase(textOf(role, 64)));
  const roles = words.filter((word) => /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(word) && word !== 'unknown');
  return roles.length === 0 ? {} : { roles: [...new Set(roles)].slice(0, 20) };
}

function snakeCase(word: string): string {
  return word.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** The same target may be a victim in one piece and the culprit in the next: each piece says all of it. */
export function withAllRoles(targets: JsonObject[]): JsonObject[] {
  const byId = new Map<string, Set<string>>();
  for (const { id, roles } of targets) {
    const known = byId.get(String(id)) ?? new Set<string>();
    for (const role of listOf(roles)) known.add(String(role));
    byId.set(String(id), known);
  }
  return targets.map((target) => {
    const roles = [...(byId.get(String(target.id)) ?? [])].sort().slice(0, 20);
    return roles.length === 0 ? target : { ...target, roles };
  });
}
