import { readFile } from 'node:fs/promises';
import { stderr } from 'node:process';
import type { Command } from 'commander';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { at, printJson, printLine, printTable, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

const path = '/v1/settings/guardrails';

/** The operator's guardrails: what no run may do. */
export function addGuardrailsCommands(program: Command): void {
  const guardrails = program
    .command('guardrails')
    .description('what no run may do, whatever its playbook says');
  guardrails
    .command('show')
    .description('the file in force, and the one that waits for a second person')
    .action((_options: unknown, command: Command) => show(optionsOf(command)));
  guardrails
    .command('publish')
    .description('check and propose a file; the first one of all is in force at once')
    .argument('<file>', 'e.g. guardrails.yaml')
    .action((file: string, _options: unknown, command: Command) => publish(file, optionsOf(command)));
  guardrails
    .command('confirm')
    .description('put what somebody else proposed in force; show it first and read it')
    .argument('<digest>', 'as `riposte guardrails show` prints it')
    .action((digest: string, _options: unknown, command: Command) => confirm(digest, optionsOf(command)));
  guardrails
    .command('drop')
    .description('withdraw what you proposed, or reject what somebody else did; what is in force stays')
    .argument('<digest>', 'as `riposte guardrails show` prints it')
    .requiredOption('--reason <text>', 'why')
    .action((digest: string, _options: unknown, command: Command) =>
      drop(digest, optionsOf<CommonOptions & { reason: string }>(command)),
    );
}

async function drop(digest: string, options: CommonOptions & { reason: string }): Promise<void> {
  const call = { method: 'POST', body: { digest, reason: options.reason } } as const;
  tell(await callServer(readSettings(options), `${path}/drop`, call), options);
}

async function show(options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), path);
  if (options.json) return printJson(answer);
  say(
    answer.version === 0 ? 'No guardrails are in force.' : `Version ${oneLine(answer.version)} is in force.`,
  );
  printSource(answer.source);
  printBudgets(answer.budgets);
  const proposal = at(answer, 'proposal');
  if (proposal === null || proposal === undefined) return;
  say(
    `Version ${oneLine(at(proposal, 'version'))} is proposed by ${oneLine(at(proposal, 'proposedBy'))}: ${oneLine(at(proposal, 'digest'))}`,
  );
  printSource(at(proposal, 'source'));
}

function printBudgets(budgets: Json | undefined): void {
  if (!Array.isArray(budgets) || budgets.length === 0) return;
  printTable(budgets.filter(isJsonObject), [
    { title: 'BUDGET', value: (item) => item.budget },
    { title: 'SPENT', value: (item) => `${item.spent} of ${item.targets ?? 'an unknown fleet'}` },
    { title: 'WAITING', value: (item) => item.waiting },
    { title: 'BEYOND', value: (item) => item.onExceed },
  ]);
}

function printSource(source: Json | undefined): void {
  if (typeof source !== 'string' || source === '') return;
  for (const line of source.trimEnd().split('\n')) printLine(oneLine(line));
}

async function publish(file: string, options: CommonOptions): Promise<void> {
  const source = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'cannot be read';
    throw new CliError(exitCodes.failure, `${file}: ${why}`);
  });
  const { compileGuardrails } = await import('../../engine/core/guard/compile-guardrails.ts');
  const compiled = compileGuardrails(source, { file });
  if (!compiled.ok) {
    stderr.write(printDiagnostics(compiled.diagnostics));
    throw new CliError(exitCodes.findings, 'Nothing was published.');
  }
  const settings = readSettings(options);
  const { version } = await callServer(settings, path);
  const answer = await callServer(settings, path, {
    method: 'PUT',
    headers: { 'if-match': `"${oneLine(version)}"` },
    body: { source, file },
  });
  tell(answer, options);
}

async function confirm(digest: string, options: CommonOptions): Promise<void> {
  const call = { method: 'POST', body: { digest } } as const;
  tell(await callServer(readSettings(options), `${path}/confirm`, call), options);
}

function tell(answer: JsonObject, options: CommonOptions): void {
  if (options.json) {
    printJson(answer);
    return;
  }
  const digest = oneLine(answer.digest);
  printLine(`${oneLine(answer.state).padEnd(9)}  version ${oneLine(answer.version)}  ${digest}`);
  if (answer.state !== 'proposed') return;
  say(`A second person has to confirm it within 14 days: riposte guardrails confirm ${digest}`);
}
