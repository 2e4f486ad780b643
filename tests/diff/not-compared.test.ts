import { expect, it } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { type ComparablePlan, diffPlans } from '../../engine/core/diff/diff-plans.ts';
import { changesOf, compileSteps, indent, isolate, tell } from './small-playbook.ts';

/* What a plan may say one day and nothing compares yet: another number of the version explains none of it. */

const steps = `steps:\n${indent(2, isolate, tell('one'))}`;
const before = compileSteps(steps);
const after = compileSteps(steps, '1.1.0');

function withMore(plan: Plan): ComparablePlan {
  return { ...after, plan, digest: 'another' };
}

function found(now: ComparablePlan): string[] {
  return diffPlans(before, now).changes.map(({ risk, kind, what }) => `${risk} ${kind} ${what}`);
}

it('only another number is neutral', () => {
  expect(found(after)).toEqual(['neutral described-differently other version']);
});

it('a field that nobody knows is bolder beside another number', () => {
  const plan = { ...after.plan, quiet: true };
  expect(found(withMore(plan))).toEqual([
    'bolder not-compared differs in something that is not compared: /quiet',
    'neutral described-differently other version',
  ]);
});

it('a field of a step that nobody knows is bolder beside changes of other steps', () => {
  const [first, second] = after.plan.steps;
  const plan = {
    ...after.plan,
    steps: [
      { ...first, quiet: true },
      { ...second, name: 'Tell' },
    ],
  } as Plan;
  expect(found(withMore(plan))).toEqual([
    'bolder not-compared isolate: differs in something that is not compared: /quiet',
    'neutral described-differently other version',
    'neutral name-changed one: has another name',
  ]);
});

it.each([
  [
    'a condition',
    'if: inputs.word == "a" && inputs.host_id != ""',
    'if: inputs.host_id != ""  &&  inputs.word == "a"',
  ],
  [
    'the approvers',
    'approval: { ask: x, approvers: [group:soc, group:soc-mail] }',
    'approval: { ask: x, approvers: [group:soc-mail, group:soc] }',
  ],
])('%s in another order is told as neutral', (_, one, other) => {
  const text = (line: string) => `steps:\n${indent(2, `${isolate}  ${line}\n`)}`;
  const changes = changesOf(text(one), text(other));
  expect(changes).toHaveLength(1);
  expect(changes[0]).toMatch(/^neutral /);
});
