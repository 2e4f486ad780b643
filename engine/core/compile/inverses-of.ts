import type { PlanAction } from '../contracts/plan.ts';
import type { CompileContext } from './context.ts';
import { pinAction, pinnedKey } from './pin-action.ts';

/**
 * Every action that may take back what this playbook did, by `key@major`: the inverse each action
 * declares, own rollbacks, and those of called playbooks. Where both pin the same major, the one
 * installed now is taken.
 */
export function inversesOf(
  parts: Pick<CompileContext, 'registry' | 'manifests' | 'rollbacks' | 'children'>,
): { [key: string]: PlanAction } {
  const found = new Map<string, PlanAction>();
  for (const { plan } of parts.children.values())
    for (const [key, action] of Object.entries(plan.inverses)) found.set(key, action);
  const own = [...parts.rollbacks.values()];
  for (const { inverse } of parts.manifests.values()) {
    const manifest = inverse.kind === 'action' ? parts.registry.get(inverse.action) : undefined;
    if (manifest) own.push(manifest);
  }
  for (const manifest of own) found.set(pinnedKey(manifest), pinAction(manifest));
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
