import type { ActionClass } from '../contracts/action.ts';
import { assertNever } from '../contracts/invariant.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';

/*
 * A plan as people draw it: steps from top to bottom, blocks side by side inside the step that holds
 * them. What Mermaid, SVG and JSON have in common; decides nothing about looks.
 */

export interface PlanTree {
  playbook: { id: string; title: string; version: string };
  starts: string[];
  steps: TreeStep[];
  onFailure: TreeStep[];
  finally: TreeStep[];
}

export interface TreeStep {
  id: string;
  path: string;
  name: string;
  kind: PlanStep['kind'];
  /** Only of actions. */
  class: ActionClass | null;
  /** What it does, in a few words: the action's key, how long it waits, which playbook it calls. */
  does: string;
  /** Condition in front of it. */
  if: string | null;
  /** Whether people may be asked: always, when a condition holds, or not at all. */
  asks: 'always' | 'sometimes' | 'never';
  /** What the list goes on with when this step has failed and its error steps are done. */
  afterError: PlanStep['onError']['then'];
  blocks: TreeBlock[];
}

export interface TreeBlock {
  role: 'then' | 'else' | 'case' | 'default' | 'branch' | 'items' | 'rounds' | 'on_error';
  label: string;
  steps: TreeStep[];
}

export function planTree(plan: Plan): PlanTree {
  const { id, title, version } = plan.playbook;
  return {
    playbook: { id, title, version },
    starts: plan.triggers.map((trigger) =>
      trigger.cron === null ? trigger.type : `${trigger.type} ${trigger.cron}`,
    ),
    steps: plan.steps.map(treeStep),
    onFailure: plan.onFailure.map(treeStep),
    finally: plan.finally.map(treeStep),
  };
}

function treeStep(step: PlanStep): TreeStep {
  const onError: TreeBlock[] =
    step.onError.steps.length === 0
      ? []
      : [
          {
            role: 'on_error',
            label: `on error, then ${step.onError.then}`,
            steps: step.onError.steps.map(treeStep),
          },
        ];
  return {
    id: step.id,
    path: step.path,
    name: step.name,
    kind: step.kind,
    class: step.kind === 'action' ? step.action.class : null,
    does: doesOf(step),
    if: step.kind === 'if' ? null : step.if,
    asks: asksOf(step),
    afterError: step.onError.then,
    blocks: [...blocksOf(step), ...onError],
  };
}

function doesOf(step: PlanStep): string {
  switch (step.kind) {
    case 'action':
      return step.action.key;
    case 'approval':
      return step.covers.length === 0 ? 'ask' : `ask about ${step.covers.map(lastOf).join(', ')}`;
    case 'if':
      return step.if ?? 'true';
    case 'switch':
      return step.cases.length === 1 ? '1 case' : `${step.cases.length} cases`;
    case 'parallel':
      return `join ${step.join}`;
    case 'foreach':
      return `${step.list}, ${step.maxParallel} at a time, at most ${step.maxItems}`;
    case 'repeat':
      return `until ${step.until}, at most ${step.max} times`;
    case 'wait':
      return step.wait.for === 'signal'
        ? `wait for ${step.wait.type}`
        : step.wait.for === 'duration'
          ? `wait ${Math.round(step.wait.ms / 1000)} s`
          : 'wait until an instant';
    case 'call':
      return `call ${step.playbook}${step.attach ? '' : ', and go on'}`;
    case 'set':
      return `set ${Object.keys(step.values).join(', ')}`;
    case 'undo':
      return step.steps === 'all' ? 'take everything back' : `take back ${step.steps.map(lastOf).join(', ')}`;
    case 'stop':
      return `stop: ${step.outcome}`;
    default:
      return assertNever(step, 'step');
  }
}

function asksOf(step: PlanStep): TreeStep['asks'] {
  if (step.kind === 'approval') return step.approval.when === null ? 'always' : 'sometimes';
  if (!('approval' in step) || step.approval === null) return 'never';
  return step.approval.when === null ? 'always' : 'sometimes';
}

function blocksOf(step: PlanStep): TreeBlock[] {
  const block = (role: TreeBlock['role'], label: string, steps: readonly PlanStep[]): TreeBlock => ({
    role,
    label,
    steps: steps.map(treeStep),
  });
  switch (step.kind) {
    case 'if':
      return [
        block('then', 'yes', step.then),
        ...(step.else === null ? [] : [block('else', 'no', step.else)]),
      ];
    case 'switch':
      return [
        ...step.cases.map((each) => block('case', each.when, each.steps)),
        ...(step.default === null ? [] : [block('default', 'otherwise', step.default)]),
      ];
    case 'parallel':
      return step.branches.map((branch) => block('branch', branch.name, branch.steps));
    case 'foreach':
      return [block('items', `each ${step.as}`, step.steps)];
    case 'repeat':
      return [block('rounds', 'each round', step.steps)];
    default:
      return [];
  }
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
