import { stdout } from 'node:process';
import { styleText } from 'node:util';
import type {
  PreviewAsk,
  PreviewBlock,
  PreviewCondition,
  PreviewGuard,
  PreviewStep,
  PreviewTree,
  PreviewUndo,
  PreviewValue,
} from '../../engine/core/preview/preview.ts';
import type { PreviewReport } from '../../engine/core/preview/preview-report.ts';
import { showDuration } from '../../engine/core/preview/show-duration.ts';
import type { Json } from '../../schemas/json.ts';
import { explanationLines } from './explanation-text.ts';
import { printLine, say, strong } from './print.ts';
import { oneLine } from './server-text.ts';

/*
 * A dry run for people: one step per paragraph, blocks indented below the step that holds them. Every
 * value may come from an alert, so every line is cleaned of what could drive a terminal.
 */

export const signs =
  '* happens if all before it goes well   ? depends on what only the run finds out   - is not reached';

/** @param reads whether systems were asked */
export function printPreview({ playbook, triggers, runs }: PreviewReport, reads = false): void {
  printLine(strong(oneLine(`${playbook.title} (${playbook.id} ${playbook.version})`)));
  if (triggers.length > 0) printLine('');
  for (const line of explanationLines(triggers)) printLine(line);
  for (const run of runs) {
    const element = run.element === '' ? '' : ` for ${run.element}`;
    printLine('');
    printLine(strong(oneLine(`A run by ${run.trigger}${element}, mode ${run.mode}`)));
    for (const { name, known, value } of run.inputs)
      printLine(oneLine(`  ${name} = ${JSON.stringify(value)}${known ? '' : '  (known when it starts)'}`));
    if (run.dedupe !== null) printLine(oneLine(`  dedupe key ${JSON.stringify(run.dedupe.value)}`));
    if (run.group !== null) printLine(oneLine(`  concurrency group ${JSON.stringify(run.group.value)}`));
    for (const line of previewLines(run)) printLine(line);
    printLine('');
    if (reads) say(`${run.liveReads} ${run.liveReads === 1 ? 'read was' : 'reads were'} really tried.`);
  }
}

function previewLines(tree: Pick<PreviewTree, 'steps' | 'onFailure' | 'finally'>): string[] {
  return [
    ...section('Steps', tree.steps),
    ...section('If the run fails', tree.onFailure),
    ...section('Finally, however it ended', tree.finally),
  ];
}

function section(title: string, steps: readonly PreviewStep[]): string[] {
  return steps.length === 0 ? [] : ['', paint('bold', title), ...steps.flatMap((step) => stepLines(step, 1))];
}

function stepLines(step: PreviewStep, depth: number): string[] {
  const head = `${sign(step)} ${word(step).padEnd(5)} ${name(step)}`;
  if (step.reached === 'no') {
    const why = step.if?.outcome === 'false' ? `: ${step.if.text} is false` : '';
    return [indent(depth, paint('dim', oneLine(`${head}  not reached${why}`)))];
  }
  const inner = [
    ...(step.if === null ? [] : [`if ${conditionText(step.if)}`]),
    ...actionLines(step),
    ...step.values.map((value) => `${value.name} = ${valueText(value)}`),
    ...step.guards.map(guardText),
    ...(step.denied === null ? [] : [`denied: ${step.denied}; ${denialText[step.onDenied]}`]),
    ...(step.ask === null ? [] : askLines(step.ask)),
    ...(step.action === null || step.onError === 'fail' ? [] : [`if it fails, ${afterFailure(step)}`]),
    ...(step.undo === null ? [] : [`undo  ${undoText(step.undo)}`]),
    ...step.takesBack.map(
      ({ path, reached, undo }) =>
        `takes back ${path}${reached === 'maybe' ? ' if it was done' : ''}: ${undoText(undo)}`,
    ),
    ...step.notes,
    ...(step.fails === null ? [] : [`fails: ${step.fails}; then ${afterFailure(step)}`]),
  ];
  return [
    indent(depth, oneLine(head)),
    ...inner.map((line) => indent(depth + 2, oneLine(line))),
    ...step.blocks.flatMap((block) => blockLines(block, depth + 1)),
  ];
}

function blockLines(block: PreviewBlock, depth: number): string[] {
  const { condition, role, label } = block;
  const when =
    condition === null
      ? ''
      : condition.outcome === 'open'
        ? `, depends on ${condition.dependsOn.join(', ')}`
        : '';
  const what = role === 'then' || role === 'else' ? `if ${label}` : role === 'case' ? `when ${label}` : label;
  if (block.reached === 'no') return [indent(depth, paint('dim', oneLine(`${what}: not taken`)))];
  return [
    indent(depth, oneLine(`${what}${when}:`)),
    ...block.steps.flatMap((step) => stepLines(step, depth + 1)),
  ];
}

function sign(step: PreviewStep): string {
  return step.reached === 'yes' ? '*' : step.reached === 'maybe' ? '?' : '-';
}

function word({ does, kind }: PreviewStep): string {
  return does === 'block' ? kind : does;
}

function name(step: PreviewStep): string {
  const last = step.path.slice(step.path.lastIndexOf('/') + 1);
  return `${last}${step.name === '' || step.name === step.id ? '' : `: ${step.name}`}${step.about === '' ? '' : ` (${step.about})`}`;
}

function actionLines({ action }: PreviewStep): string[] {
  if (action === null) return [];
  const on = action.target === null ? '' : ` on ${action.target.kind} ${valueText(action.target.id)}`;
  const through = action.connection === null ? '' : ` through ${action.connection}`;
  const only = action.simulated ? ', only written down (mode audit)' : '';
  return [
    `${action.key}@${action.version} [${action.class}]${on}${through}${only}`,
    ...action.arguments.map((value) => `  ${value.name} = ${valueText(value)}`),
    ...(action.found === null ? [] : [`found ${short(action.found)}`]),
  ];
}

function valueText(value: PreviewValue): string {
  const text = short(value.value);
  return value.known || value.dependsOn.length === 0 ? text : `${text}  (from ${value.dependsOn.join(', ')})`;
}

const shownMax = 400;

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}

export function conditionText(condition: PreviewCondition): string {
  switch (condition.outcome) {
    case 'open':
      return `${condition.text}  (depends on ${condition.dependsOn.join(', ')})`;
    case 'error':
      return `${condition.text}  (fails: ${condition.message})`;
    default:
      return `${condition.text}  (${condition.outcome})`;
  }
}

function askLines(ask: PreviewAsk): string[] {
  if (ask.asks === 'covered') return ['asks nobody again while its gate was granted and it renders the same'];
  const asked = ask.condition === null ? '' : ` when ${conditionText(ask.condition)}`;
  if (ask.asks === 'no') return [`asks nobody: the question comes only${asked}`];
  const people = ask.quorum === 1 ? 'one yes' : `${ask.quorum} different people`;
  const escalation = ask.escalate.map(
    ({ afterMs, to }) => `after ${showDuration(afterMs)} also ${to.join(', ')}`,
  );
  const demanded = ask.because === 'mode' ? ' (mode ask demands it)' : '';
  return [
    `ask   ${ask.approvers.join(', ')}, ${people}${demanded}${asked}`,
    ...(ask.question === null ? [] : [`      ${valueText(ask.question)}`]),
    ...(ask.list === null ? [] : [`      about the whole list: ${ask.list.join(', ')}`]),
    ...(ask.covers.length === 0 ? [] : [`      covers ${ask.covers.join(', ')}`]),
    `      within ${showDuration(ask.expiresMs)}${escalation.map((each) => `, ${each}`).join('')}${ask.separate ? ', not by who started it or edited the playbook' : ''}`,
    `      a no, and silence: ${denialText[ask.onDenied]}`,
  ];
}

const denialText: Record<PreviewAsk['onDenied'], string> = {
  stop: 'the run ends as denied',
  continue: 'the run goes on without it',
  fail: 'it counts as a failure',
};

function afterFailure(step: PreviewStep): string {
  switch (step.onError) {
    case 'continue':
      return 'the run goes on';
    case 'undo':
      return 'everything done so far is taken back, then the run fails';
    case 'fail':
      return 'the block around it fails';
  }
}

function guardText(guard: PreviewGuard): string {
  switch (guard.verdict) {
    case 'allows':
      return `guard ${guard.id}: allows it`;
    case 'denies':
      return `guard ${guard.id}: denies it, ${guard.message}`;
    case 'asks':
      return `guard ${guard.id}: people are asked, ${guard.message}`;
    case 'open':
      return `guard ${guard.id}: depends on ${guard.dependsOn.join(', ')}`;
    case 'counts': {
      const { limit } = guard;
      const most =
        limit === null
          ? ''
          : `at most ${limit.targets} targets per ${showDuration(limit.perMs)} and ${limit.scope}, then ${limit.onExceed}`;
      return `guard ${guard.id}: ${most}`;
    }
  }
}

function undoText(undo: PreviewUndo): string {
  if (undo.is === 'irreversible') return `cannot be taken back: ${undo.reason}`;
  const given = undo.arguments.map((value) => `${value.name} = ${valueText(value)}`).join(', ');
  const lease =
    undo.leaseMs === null
      ? ''
      : `; lease ${showDuration(undo.leaseMs)}, then ${undo.atEnd === 'release' ? 'it is taken back' : 'somebody is asked'}`;
  return `${undo.action}${given === '' ? '' : ` with ${given}`}${lease}`;
}

function indent(depth: number, text: string): string {
  return `${'  '.repeat(depth)}${text}`;
}

function paint(style: 'bold' | 'dim', text: string): string {
  return styleText(style, text, { stream: stdout, validateStream: true });
}
