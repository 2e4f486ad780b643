import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { ownVersion } from '../process/own-version.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addAccountCommand } from './commands-account.ts';
import { addAlertCommands } from './commands-alerts.ts';
import { addApprovalCommands } from './commands-approvals.ts';
import { addArtifactsCommand } from './commands-artifacts.ts';
import { addAuditCommands } from './commands-audit.ts';
import { addBacktestCommand } from './commands-backtest.ts';
import { addCasesCommand } from './commands-cases.ts';
import { addCompletionCommand } from './commands-completion.ts';
import { addConnectionsCommands } from './commands-connections.ts';
import { addDiffCommand } from './commands-diff.ts';
import { addDocsCommand } from './commands-docs.ts';
import { addExplainCommand } from './commands-explain.ts';
import { addFormatCommand } from './commands-format.ts';
import { addGraphCommand } from './commands-graph.ts';
import { addGuardrailsCommands } from './commands-guardrails.ts';
import { addHeldCommands } from './commands-held.ts';
import { addIncidentCommands } from './commands-incidents.ts';
import { addLookingCommands } from './commands-lists.ts';
import { addNewCommand } from './commands-new.ts';
import { addPauseCommands } from './commands-pause.ts';
import { addPeopleCommands } from './commands-people.ts';
import { addPlanCommand } from './commands-plan.ts';
import { addPlaybookCommands } from './commands-playbooks.ts';
import { addRetentionCommand } from './commands-retention.ts';
import { addRunCommand } from './commands-run.ts';
import { addSchemaCommand } from './commands-schema.ts';
import { addStopCommands } from './commands-stop.ts';
import { addStreamsCommands } from './commands-streams.ts';
import { addTaskCommands } from './commands-tasks.ts';
import { addTestCommand } from './commands-test.ts';
import { addTokenCommands } from './commands-tokens.ts';
import { addUndoCommands } from './commands-undo.ts';
import { addHelpPages } from './help-pages.ts';
import { say } from './print.ts';

/*
 * The `riposte` command: one door more, over the same HTTP as everybody else. It decides nothing
 * itself except `check`, which needs no server.
 */

function createProgram(): Command {
  const program = new Command('riposte')
    .description(
      'Alerts in, contained hosts out. Playbooks are written, checked and tested without a server.',
    )
    .version(ownVersion(), '-V, --version', 'the version of this program')
    .option('--url <url>', 'the server; default RIPOSTE_URL or http://127.0.0.1:7878')
    .option('--as <who>', 'token file, or the name of one that the local demo wrote')
    .option('--json', 'machine form')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  addNewCommand(program);
  addPlaybookCommands(program);
  addTestCommand(program);
  addCasesCommand(program);
  addExplainCommand(program);
  addFormatCommand(program);
  addRunCommand(program);
  addPlanCommand(program);
  addBacktestCommand(program);
  addGraphCommand(program);
  addDiffCommand(program);
  addDocsCommand(program);
  addSchemaCommand(program);
  addAlertCommands(program);
  addIncidentCommands(program);
  addLookingCommands(program);
  addArtifactsCommand(program);
  addApprovalCommands(program);
  addTaskCommands(program);
  addHeldCommands(program);
  addStopCommands(program);
  addTokenCommands(program);
  addPeopleCommands(program);
  addAccountCommand(program);
  addPauseCommands(program);
  addRetentionCommand(program);
  addGuardrailsCommands(program);
  addConnectionsCommands(program);
  addStreamsCommands(program);
  addUndoCommands(program);
  addAuditCommands(program);
  addCompletionCommand(program);
  program
    .command('serve')
    .description('start the server; settings come from the environment')
    .action(async () => {
      // Only here: every other command starts without the engine.
      const start = (await import('../process/start.ts')) as { serve(): Promise<unknown> };
      await start.serve();
    });
  for (const command of program.commands) shareOptions(command);
  addHelpPages(program);
  return program;
}

/** `riposte runs --json` and `riposte --json runs` mean the same. */
function shareOptions(command: Command): void {
  if (command.commands.length > 0) {
    for (const child of command.commands) shareOptions(child);
    return;
  }
  if (command.name() === 'serve') return;
  command
    .option('--json', 'machine form')
    .option('--as <who>', 'token file or demo name')
    .option('--url <url>', 'the server');
  command.exitOverride().showHelpAfterError('(--help shows what there is)');
}

// A reader that has seen enough (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

/** Not `process.exit`: what is still on its way through a pipe would be cut off. */
function report(error: unknown): number {
  if (error instanceof CliError) {
    say(error.message);
    return error.exitCode;
  }
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  say(`riposte: ${error instanceof Error ? error.message : String(error)}`);
  return exitCodes.failure;
}
