import { isJsonObject, type Json, type JsonObject } from '../../../../schemas/json.ts';
import type { ActionStep } from '../../contracts/plan.ts';
import { stepAt } from '../../run/list-steps.ts';
import { validatorOf } from '../../schema/validator-of.ts';
import { planPathOf } from '../plan-path-of.ts';
import type { PlaybookUnderTest } from '../playbook-under-test.ts';
import { sampleValue } from '../suggest/sample-value.ts';
import type { StoredRun, StoredStep } from './stored-run.ts';

/*
 * Outputs that a step hides with `mask`, in the run and in the runs that it called. The server tells only that
 * there was something; a file from elsewhere may still hold it.
 */

/** Every text in them. */
export function secretValues(run: StoredRun, under: PlaybookUnderTest): string[] {
  const own = run.steps.flatMap((step) =>
    hiddenOf(run, step, under).flatMap(([name]) => textsIn(step.outputs[name] ?? null)),
  );
  return [...own, ...Object.values(run.children).flatMap((child) => secretValues(child, under))];
}

/** The run with something in their place that the action could have answered, where a hidden one could not. */
export function withSamples(run: StoredRun, under: PlaybookUnderTest): StoredRun {
  const steps = run.steps.map((step) => {
    const outputs = { ...step.outputs };
    for (const [name, schema] of hiddenOf(run, step, under)) {
      const value = outputs[name];
      if (value !== undefined && validatorOf(schema)(value).length > 0) outputs[name] = sampleValue(schema);
    }
    return { ...step, outputs };
  });
  const children = Object.entries(run.children).map(
    ([id, child]) => [id, withSamples(child, under)] as const,
  );
  return { ...run, steps, children: Object.fromEntries(children) };
}

function hiddenOf(run: StoredRun, { path }: StoredStep, under: PlaybookUnderTest): [string, JsonObject][] {
  const plan = planOf(run, under);
  const known = plan === undefined ? null : planPathOf(path, plan);
  const step = known === null || plan === undefined ? undefined : stepAt(plan, known);
  if (step?.kind !== 'action') return [];
  return step.mask.map((name) => [name, schemaOf(step, name)]);
}

function schemaOf({ action }: ActionStep, name: string): JsonObject {
  const { properties } = action.output;
  const schema = isJsonObject(properties) ? properties[name] : undefined;
  return isJsonObject(schema) ? schema : {};
}

function planOf({ playbookId }: StoredRun, { loaded, children }: PlaybookUnderTest) {
  return loaded.plan.playbook.id === playbookId ? loaded.plan : children[playbookId]?.plan;
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
