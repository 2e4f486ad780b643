import { changesTargets } from '../../../engine/core/contracts/action.ts';
import type {
  ActionStep,
  CallStep,
  Plan,
  PlanApproval,
  PlanStep,
} from '../../../engine/core/contracts/plan.ts';
import { showTemplate } from '../../../engine/core/diff/compare-action.ts';
import { showDuration } from '../../../engine/core/preview/show-duration.ts';
import { everyStep } from '../../../engine/core/run/list-steps.ts';
import { code, plain } from './markdown.ts';

/* The steps of a plan by what they mean for the world: read, ask, do, take back, tell. One line each. */

export interface Told {
  reads: string[];
  asks: string[];
  does: string[];
  takesBack: string[];
  tells: string[];
  calls: string[];
  waits: string[];
  loops: string[];
}

/** `known` are the playbooks that have a page. */
export function tellSteps(plan: Plan, known: ReadonlySet<string>): Told {
  const steps = everyStep(plan);
  const actions = steps.filter((step) => step.kind === 'action');
  const effects = actions.filter(({ action }) => changesTargets(action.class));
  return {
    reads: actions.filter(({ action }) => action.class === 'read').map(tellAction),
    asks: steps.flatMap(tellAsk),
    does: effects.map(tellEffect),
    takesBack: [...steps.flatMap(tellUndo), ...effects.flatMap(tellIrreversible)],
    tells: actions.filter(({ action }) => action.class === 'notify').map(tellAction),
    calls: steps.filter((step) => step.kind === 'call').map((step) => tellCall(step, known)),
    waits: steps.flatMap(tellWait),
    loops: steps.flatMap(tellLoop),
  };
}

/** Several steps may have the name of the same action. */
const named = ({ id, name }: PlanStep) =>
  id === name ? `**${plain(name)}**` : `**${plain(name)}** (${code(id)})`;
const condition = (step: PlanStep) => (step.if === null ? '' : `, if ${code(step.if)}`);
const actionLink = (key: string) => `[${code(key)}](../actions/${key}.md)`;

function tellAction(step: ActionStep): string {
  return `${named(step)}: ${actionLink(step.action.key)}${condition(step)}`;
}

function tellEffect(step: ActionStep): string {
  const lease =
    step.lease === null
      ? ''
      : `; for ${showDuration(step.lease.forMs)}, then ${step.lease.atEnd === 'release' ? 'it is taken back' : 'somebody is asked'}`;
  return `${named(step)}, ${step.action.class}: ${actionLink(step.action.key)}${condition(step)}${lease}`;
}

function tellCall(step: CallStep, known: ReadonlySet<string>): string {
  const child = known.has(step.playbook)
    ? `[${code(step.playbook)}](${step.playbook}.md)`
    : code(step.playbook);
  return `${named(step)}: ${child}${step.attach ? '' : ', without waiting for it'}${condition(step)}`;
}

function tellAsk(step: PlanStep): string[] {
  if (!('approval' in step) || step.approval === null) return [];
  return [`${named(step)}: ${whoAndWhen(step.approval)}; after a no: ${afterNo(step)}`];
}

function whoAndWhen(approval: PlanApproval): string {
  const who = approval.approvers.map(code).join(', ');
  const people = approval.quorum === 1 ? 'one' : `${approval.quorum} different people`;
  const when = approval.when === null ? 'always' : `when ${code(approval.when)}`;
  const question = approval.ask === null ? '' : `, ${code(showTemplate(approval.ask))}`;
  return `${when}${question}: ${people} of ${who} within ${showDuration(approval.expiresMs)}, silence is no`;
}

function afterNo(step: PlanStep): string {
  switch (step.onDenied) {
    case 'stop':
      return 'the run ends as denied';
    case 'continue':
      return 'the next step runs';
    case 'fail':
      return 'the step fails';
  }
}

function tellUndo(step: PlanStep): string[] {
  if (step.kind === 'undo') {
    const what =
      step.steps === 'all'
        ? 'everything of this run'
        : step.steps.map((path) => code(path.replace(/^run\//, ''))).join(', ');
    return [`${named(step)}: ${what}${condition(step)}`];
  }
  return step.onError.then === 'undo' ? [`when ${named(step)} fails: everything of this run`] : [];
}

function tellIrreversible({ action, name, rollback }: ActionStep): string[] {
  const { inverse } = action;
  if (rollback.kind === 'none') return [`**Not taken back**: ${plain(name)}, as the playbook says`];
  if (rollback.kind === 'action')
    return [`${plain(name)}, by ${actionLink(rollback.action.split('@', 1)[0] ?? '')}`];
  if (inverse.kind === 'irreversible')
    return [`**Cannot be taken back**: ${plain(name)}. ${plain(inverse.reason)}`];
  return [];
}

function tellWait(step: PlanStep): string[] {
  if (step.kind !== 'wait') return [];
  const { wait } = step;
  switch (wait.for) {
    case 'duration':
      return [`${named(step)}: ${showDuration(wait.ms)}${condition(step)}`];
    case 'instant':
      return [`${named(step)}: until ${code(showTemplate(wait.until))}${condition(step)}`];
    case 'signal': {
      const match = wait.match === null ? '' : ` with ${code(wait.match)}`;
      return [
        `${named(step)}: for ${code(wait.type)}${match}${wait.since === 'run' ? ', also one that came since the run began' : ''}, at most ${showDuration(wait.timeoutMs)}, then it ${wait.onTimeout === 'fail' ? 'fails' : 'goes on'}${condition(step)}`,
      ];
    }
  }
}

function tellLoop(step: PlanStep): string[] {
  if (step.kind === 'foreach')
    return [
      `${named(step)}: over ${code(step.list)}, at most ${step.maxItems} items, ${step.maxParallel} at a time`,
    ];
  if (step.kind === 'repeat')
    return [`${named(step)}: until ${code(step.until)}, at most ${step.max} rounds`];
  return [];
}
