import { isJsonObject, type Json } from '../../../../schemas/json.ts';
import { stepAt } from '../../run/list-steps.ts';
import { planPathOf } from '../plan-path-of.ts';
import type { PlaybookUnderTest } from '../playbook-under-test.ts';
import type { StoredRun } from './stored-run.ts';

/** Every text in an output that its step hides with `mask`, in the run and in the runs that it called. */
export function secretValues(run: StoredRun, under: PlaybookUnderTest): string[] {
  const plan = planOf(run, under);
  const own = run.steps.flatMap(({ path, outputs }) => {
    const known = plan === undefined ? null : planPathOf(path, plan);
    const step = known === null || plan === undefined ? undefined : stepAt(plan, known);
    if (step?.kind !== 'action') return [];
    return step.mask.flatMap((name) => textsIn(outputs[name] ?? null));
  });
  return [...own, ...Object.values(run.children).flatMap((child) => secretValues(child, under))];
}

function planOf({ playbookId }: StoredRun, { loaded, children }: PlaybookUnderTest) {
  return loaded.plan.playbook.id === playbookId ? loaded.plan : children[playbookId]?.plan;
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
