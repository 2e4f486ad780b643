import { type Command, InvalidArgumentError } from 'commander';
import { readDuration } from '../../engine/core/compile/read-duration.ts';
import type { BacktestReport } from '../../engine/runtime/backtest-playbook.ts';
import { backtestLines } from './backtest-text.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { playbookToTry } from './playbook-to-try.ts';
import { printJson, printLine } from './print.ts';
import { readSettings } from './settings.ts';

/* `riposte backtest`: what a playbook would have done about the alerts that the server has. */

interface BacktestOptions extends CommonOptions {
  since: number;
  limit?: number;
  atMost?: number;
}

export function addBacktestCommand(program: Command): void {
  program
    .command('backtest')
    .description('which stored alerts a playbook would have started for, and what it would have done')
    .argument('<playbook>', 'a playbook file that is not published yet, or the id of a published playbook')
    .option('--since <duration>', 'how far back, e.g. 30d or 12h', readAge, readAge('30d'))
    .option('--limit <number>', 'the newest so many alerts of that time; default 10000', readNumber)
    .option('--at-most <runs>', 'more runs than that are a finding (exit code 1)', readNumber)
    .addHelpText(
      'after',
      `
A file is set beside the version in force: what is newly matched, not matched any more, done differently.
Nothing is changed and no system is asked. What only a run finds out counts "at most".

  riposte backtest playbooks/ransomware/isolate-host.yaml --as kim
  riposte backtest ransomware-isolate-host --since 7d --json
  riposte backtest playbooks/ransomware/isolate-host.yaml --at-most 50      in CI

Exit codes: 0 done, 1 more runs than --at-most, the file does not compile, or the server says no,
2 wrong usage, 3 the server cannot be reached or refuses you, 5 it did not answer within a minute.`,
    )
    .action((playbook: string, _options: unknown, command: Command) =>
      backtest(playbook, optionsOf(command)),
    );
}

async function backtest(playbook: string, options: BacktestOptions): Promise<void> {
  const settings = readSettings(options);
  const { id, candidate } = await playbookToTry(playbook);
  const answer = await callServer(settings, `/v1/playbooks/${encodeURIComponent(id)}/backtest`, {
    method: 'POST',
    body: {
      since: new Date(Date.now() - options.since).toISOString(),
      ...(options.limit !== undefined && { limit: options.limit }),
      ...candidate,
    },
  });
  const report = answer as unknown as BacktestReport;
  if (options.json) printJson(answer);
  else for (const line of backtestLines(report)) printLine(line);
  const tested = report.candidate ?? report.inForce;
  const runs = (tested?.starts ?? 0) + (tested?.depends ?? 0);
  if (options.atMost !== undefined && runs > options.atMost)
    throw new CliError(
      exitCodes.findings,
      `${runs} runs could have been started, more than ${options.atMost}.`,
    );
  if (options.atMost !== undefined && report.truncated !== null)
    throw new CliError(
      exitCodes.findings,
      'Not all alerts of that time were played, so there may be more runs.',
    );
}

/** Of years nobody has alerts, and a date cannot be as old as any number. */
const ageMsMax = 3_650 * 86_400_000;

function readAge(text: string): number {
  const ms = readDuration(text);
  if (ms === null || ms === 0 || ms > ageMsMax)
    throw new InvalidArgumentError('Write e.g. 30d, 12h or 1d12h.');
  return ms;
}

function readNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
