import type { Span, Tested, ToldMatch, ToldRun } from '../../engine/core/backtest/result.ts';
import type { BacktestReport } from '../../engine/runtime/backtest-playbook.ts';
import { strong } from './print.ts';
import { oneLine } from './server-text.ts';

/* A backtest for people and for the log of a CI. Titles and ids are chosen by whoever makes alerts: each line is cleaned. */

export function backtestLines(report: BacktestReport): string[] {
  const versions = [report.inForce, report.candidate].filter((each) => each !== null);
  const shown = report.candidate ?? report.inForce;
  return [
    strong(oneLine(`${report.playbook}: ${readWords(report)}`)),
    ...(report.truncated === null ? [] : [truncatedWords(report)]),
    '',
    ...totals(report, versions),
    ...section('Guardrails', (shown?.rules ?? []).map(ruleLine)),
    ...section('Conditions that failed', (shown?.errors ?? []).map(errorLine)),
    ...section(
      'By day',
      (shown?.days ?? []).map(
        (day) =>
          `${day.day}  ${day.read} read, ${day.matched} matched, ${day.starts} started${day.depends === 0 ? '' : `, ${day.depends} perhaps`}, ${day.covered} covered`,
      ),
    ),
    ...comparedLines(report),
    ...section('First matches', report.matches.flatMap(matchLines)),
    ...section('Not played', report.notModelled),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', strong(title), ...lines.map((line) => `  ${oneLine(line)}`)];
}

export function readWords({ read, of, ofMore, readFrom, readUntil }: BacktestReport): string {
  if (read === 0) return `no alerts were read, of ${of}`;
  return `${read} alerts from ${readFrom} to ${readUntil}, of ${ofMore ? 'more than ' : ''}${of}`;
}

export function truncatedWords({ truncated }: BacktestReport): string {
  return truncated === 'time'
    ? 'Time was up: the newer ones were not read. Ask for a shorter time.'
    : 'Older ones were not read. Ask for a shorter time.';
}

function totals({ candidate, changedSince }: BacktestReport, versions: readonly Tested[]): string[] {
  const rows: [string, (each: Tested) => string][] = [
    ['alerts matched', ({ matched }) => `${matched}`],
    ['runs started', ({ starts }) => `${starts}`],
    ['runs perhaps started', ({ depends }) => `${depends}`],
    ['covered by an earlier run', ({ covered }) => `${covered}`],
    ['questions to people', ({ questions }) => spanText(questions)],
    ...actionsOf(versions).map((action): [string, (each: Tested) => string] => [
      action,
      ({ actions }) => actionText(actions.find((each) => each.action === action)),
    ]),
    ['runs not looked at', ({ notLookedAt }) => `${notLookedAt}`],
  ];
  const heads = versions.map((each) => `${each === candidate ? 'candidate' : 'in force'} ${each.version}`);
  const width = Math.max(...rows.map(([name]) => name.length));
  const cell = Math.max(24, ...heads.map((head) => head.length + 2));
  const line = (name: string, cells: readonly string[]) =>
    oneLine(`${name.padEnd(width + 2)}${cells.map((each) => each.padEnd(cell)).join('')}`).trimEnd();
  return [
    strong(line('', heads)),
    ...rows.map(([name, of]) => line(name, versions.map(of))),
    ...(changedSince === 0
      ? []
      : [
          `${changedSince} alerts were changed by their source since they arrived; they were played as they are now.`,
        ]),
  ];
}

function actionsOf(versions: readonly Tested[]): string[] {
  return [...new Set(versions.flatMap(({ actions }) => actions.map(({ action }) => action)))].sort();
}

function actionText(action: Tested['actions'][number] | undefined): string {
  if (action === undefined) return '0';
  const written = action.simulated === 0 ? '' : `${action.simulated} only written down`;
  return action.times.atMost === 0 && written !== ''
    ? written
    : [spanText(action.times), written].filter(Boolean).join(', ');
}

export function spanText({ expected, atMost }: Span): string {
  return expected === atMost ? `${expected}` : `${expected}, at most ${atMost}`;
}

const answers = {
  ask: 'people are asked',
  deny: 'denies',
  open: 'depends on what the run finds out',
} as const;

function ruleLine({ rule, answer, reason, count, example }: Tested['rules'][number]): string {
  return `${rule}: ${answers[answer]}, ${count} times, e.g. ${example}: ${reason}`;
}

function errorLine({ code, count, example }: Tested['errors'][number]): string {
  return `${code}: ${count} times, e.g. ${example.alert} ${example.trigger} ${example.element}: ${example.detail}`;
}

function comparedLines({ compared }: BacktestReport): string[] {
  if (compared === null) return [];
  const { newly, noLonger, changed, same, notLookedAt, examples } = compared;
  const unknown = notLookedAt === 0 ? '' : `, ${notLookedAt} not looked at`;
  const signs = { newly: '+', 'no-longer': '-', changed: '~' } as const;
  return section(
    `${newly} newly matched, ${noLonger} not any more, ${changed} done differently, ${same} the same${unknown}`,
    [
      ...examples.map(({ is, inForce, candidate }) => {
        const told = candidate ?? inForce;
        return `${signs[is]} ${told?.alert}  ${told?.at}  ${told?.title}`;
      }),
    ],
  );
}

function matchLines({ alert, at, title, runs, more }: ToldMatch): string[] {
  return [
    `${alert}  ${at}  ${title}`,
    ...runs.map((run) => `    ${runText(run)}`),
    ...(more === 0 ? [] : [`    and ${more} more`]),
  ];
}

const standings: Record<ToldRun['standing'], string> = {
  starts: 'starts',
  depends: 'starts perhaps',
  attached: 'joins an earlier run',
  skipped: 'is covered by an earlier run',
};

export function runText({ trigger, element, standing, code, mode, effects }: ToldRun): string {
  const head = `${trigger}${element === '' ? '' : ` for ${element}`} ${standings[standing]}${code === null ? '' : ` (${code})`}, mode ${mode}`;
  return effects === null ? head : `${head}: ${effectsText(effects)}`;
}

function effectsText({ actions, questions, rules, more }: NonNullable<ToldRun['effects']>): string {
  const done = actions.map(
    ({ action, target, reached, simulated }) =>
      `${reached === 'maybe' ? 'perhaps ' : ''}${action}${target === null ? '' : ` on ${target.kind} ${target.id}`}${simulated ? ' (written down)' : ''}`,
  );
  return [
    done.length === 0 ? 'does nothing to others' : done.join(', '),
    questions.atMost === 0 ? 'asks nobody' : `asks ${spanText(questions)}`,
    ...rules.map(({ rule, answer }) => `guardrail ${rule}: ${answers[answer]}`),
    ...(more ? ['and more'] : []),
  ].join('; ');
}
