import type { Plan, PlanGuard, PlanInput, PlanTrigger } from '../../../engine/core/contracts/plan.ts';
import { showTemplate } from '../../../engine/core/diff/compare-action.ts';
import { drawMermaid } from '../../../engine/core/graph/draw-mermaid.ts';
import { planTree } from '../../../engine/core/graph/plan-tree.ts';
import { showDuration } from '../../../engine/core/preview/show-duration.ts';
import { code, list, outside, page, paragraphs, plain, table } from './markdown.ts';
import { tellSteps } from './steps-told.ts';

/**
 * What one playbook does, for people who approve it or are paged by it. `cases` are sentences; `known` are the
 * playbooks that have a page.
 */
export function playbookPage(plan: Plan, cases: readonly string[], known: ReadonlySet<string>): string {
  const { playbook } = plan;
  const told = tellSteps(plan, known);
  return page([
    `# ${plain(playbook.title)}`,
    facts(plan),
    paragraphs(playbook.description),
    ['Starts with', table(['Trigger', 'When', 'One run per', 'Who'], plan.triggers.map(triggerRow))],
    ['Is given', table(['Input', 'Type', 'Without it', 'From', 'What'], plan.inputs.map(inputRow))],
    ['Reads', list(told.reads)],
    ['Asks', list(told.asks)],
    ['Does', list(told.does)],
    ['Takes back', list(told.takesBack)],
    ['Tells', list(told.tells)],
    ['Calls', list(told.calls)],
    ['Waits', list(told.waits)],
    ['Never', list(plan.guards.map(tellGuard))],
    ['Limits', list([...limits(plan), ...told.loops])],
    ['Reasons to say no', list(playbook.falsepositives.map(plain))],
    ['Graph', `\`\`\`mermaid\n${drawMermaid(planTree(plan)).trimEnd()}\n\`\`\``],
    ['Cases', list(cases.map(plain))],
    ['References', list(playbook.references.map(outside))],
    '[All playbooks and actions](../README.md)',
  ]);
}

function facts({ playbook, mode, impact }: Plan): string {
  const rows: [string, string][] = [
    ['Id', code(playbook.id)],
    ['Version', `${code(playbook.version)}, ${playbook.status}, mode ${mode}`],
    ['Strongest effect', impact],
    ['Owner', playbook.owner === null ? '' : code(playbook.owner)],
    ['Author', plain(playbook.author)],
    ['Tags', playbook.tags.map(code).join(' ')],
  ];
  return table(
    ['', ''],
    rows.filter(([, value]) => value !== ''),
  );
}

function triggerRow(trigger: PlanTrigger): string[] {
  const when = [
    trigger.match === null ? '' : code(trigger.match),
    trigger.cron === null ? '' : `${code(trigger.cron)} ${plain(trigger.timezone)}`,
    trigger.enabled ? '' : 'switched off',
    trigger.expires === null ? '' : `until ${trigger.expires}`,
  ];
  const who =
    trigger.type === 'manual'
      ? [...trigger.targets.map((kind) => `for a ${kind}`), ...trigger.allow.map(code)]
      : [];
  return [
    code(trigger.type),
    when.filter((part) => part !== '').join('; '),
    trigger.each === null ? '' : code(trigger.each),
    who.join(', '),
  ];
}

function inputRow(input: PlanInput): string[] {
  const { type, description } = input.schema;
  const from = Object.entries(input.from).map(([trigger, template]) =>
    trigger === '*' ? code(showTemplate(template)) : `${plain(trigger)}: ${code(showTemplate(template))}`,
  );
  return [
    code(input.name),
    typeof type === 'string' ? type : 'any',
    input.required ? 'no run' : code(JSON.stringify(input.default)),
    from.join('; '),
    typeof description === 'string' ? plain(description) : '',
  ];
}

function tellGuard(guard: PlanGuard): string {
  const what = guard.appliesTo.map(code).join(', ');
  const message = guard.message === '' ? '' : ` ${plain(guard.message)}`;
  if (guard.limit !== null) {
    const { targets, perMs, scope, onExceed } = guard.limit;
    const then = onExceed === 'ask' ? 'people are asked' : 'it is refused';
    return `${what}: more than ${targets} targets in ${showDuration(perMs)} (counted per ${scope}), then ${then}.${message}`;
  }
  return `${what}: when ${code(guard.denyIf ?? '')}, or when that cannot be evaluated.${message}`;
}

function limits({ timeoutMs, dedupe, concurrency }: Plan): string[] {
  const lines = [`A run ends after ${showDuration(timeoutMs)}, waiting included.`];
  if (dedupe !== null) {
    const second = dedupe.onDuplicate === 'attach' ? 'joins the first run' : 'is skipped';
    lines.push(
      `The same ${code(showTemplate(dedupe.key))} within ${showDuration(dedupe.windowMs)} ${second}.`,
    );
  }
  if (concurrency !== null) {
    const rest = concurrency.onConflict === 'queue' ? 'the next waits' : 'the next is skipped';
    lines.push(
      `At most ${concurrency.limit} at a time of ${code(showTemplate(concurrency.group))}; ${rest}.`,
    );
  }
  return lines;
}
