import type { Json } from '../../../schemas/json.ts';
import type { ForeachStep } from '../contracts/plan.ts';
import type { LoopItem } from '../contracts/scope.ts';
import { lookAt } from './look-at.ts';
import { type Room, sightOf } from './room.ts';

export type Listed =
  | { is: 'items'; items: LoopItem[] }
  | { is: 'open'; dependsOn: string[] }
  | { is: 'error'; code: string; message: string };

/** Language reference 9.16. */
const itemsMax = 5_000;

/** The list of a `foreach`, by the rules of `core/run/foreach-step.ts`, as far as it is known. */
export function listItems(room: Room, step: ForeachStep): Listed {
  const sight = sightOf(room, step.path);
  const list = lookAt(step.list, sight);
  if (list.is === 'open') return { is: 'open', dependsOn: list.dependsOn };
  if (list.is === 'error') return wrong('run/expression-failed', `foreach: ${list.message}`);
  if (!Array.isArray(list.value)) return wrong('run/expression-failed', 'foreach: the result is not a list');
  const most = Math.min(step.maxItems, itemsMax);
  if (list.value.length > most) {
    const message = `the list has ${list.value.length} elements; at most ${most} are allowed`;
    return wrong('run/too-many-items', message);
  }
  const items: LoopItem[] = [];
  const seen = new Set<string>();
  for (const [index, value] of list.value.entries()) {
    const key = keyOf(room, step, value, index);
    if (key.is !== 'key') return key;
    if (seen.has(key.key))
      return wrong('run/duplicate-item-key', `two elements have the key "${key.key.slice(0, 200)}"`);
    seen.add(key.key);
    items.push({ index, key: key.key, value });
  }
  return { is: 'items', items };
}

function keyOf(
  room: Room,
  step: ForeachStep,
  value: Json,
  index: number,
): { is: 'key'; key: string } | Exclude<Listed, { is: 'items' }> {
  if (step.key === null) return { is: 'key', key: String(index) };
  const sight = sightOf(room, step.path);
  const names = { ...sight.scope.names, [step.as]: value, index };
  const key = lookAt(step.key, { ...sight, scope: { ...sight.scope, names } });
  if (key.is === 'open') return { is: 'open', dependsOn: key.dependsOn };
  if (key.is === 'error') return wrong('run/expression-failed', `key of element ${index}: ${key.message}`);
  if (typeof key.value === 'string' && key.value !== '') return { is: 'key', key: key.value.toWellFormed() };
  if (typeof key.value === 'number') return { is: 'key', key: String(key.value) };
  const message = `key of element ${index}: a key is a text that is not empty, or a number`;
  return wrong('run/expression-failed', message);
}

function wrong(code: string, message: string): { is: 'error'; code: string; message: string } {
  return { is: 'error', code, message };
}
