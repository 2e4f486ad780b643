import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import { addAlertCommands } from './commands-alerts.ts';
import { addApprovalCommands } from './commands-approvals.ts';
import { addAuditCommands } from './commands-audit.ts';
import { addExplainCommand } from './commands-explain.ts';
import { addFormatCommand } from './commands-format.ts';
import { addGraphCommand } from './commands-graph.ts';
import { addIncidentCommands } from './commands-incidents.ts';
import { addLookingCommands } from './commands-lists.ts';
import { addOperatingCommands } from './commands-operating.ts';
import { addPlaybookCommands } from './commands-playbooks.ts';
import { addSchemaCommand } from './commands-schema.ts';
import { addTestCommand } from './commands-test.ts';
import { say } from './print.ts';

/*
 * The `riposte` command: one door more, over the same HTTP as everybody else. It decides nothing
 * itself except `check`, which needs no server.
 */

function createProgram(): Command {
  const program = new Command('riposte')
    .description('Alerts in, contained hosts out.')
    .option('--url <url>', 'the server; default RIPOSTE_URL or http://127.0.0.1:7878')
    .option('--as <who>', 'token file, or the name of one that the local demo wrote')
    .option('--json', 'machine form')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  program
    .command('serve')
    .description('start the server; settings come from the environment')
    .action(async () => {
      // Only here: every other command starts without the engine.
      const start = (await import('../process/start.ts')) as { serve(): Promise<unknown> };
      await start.serve();
    });
  addPlaybookCommands(program);
  addTestCommand(program);
  addExplainCommand(program);
  addFormatCommand(program);
  addGraphCommand(program);
  addSchemaCommand(program);
  addAlertCommands(program);
  addIncidentCommands(program);
  addLookingCommands(program);
  addApprovalCommands(program);
  addOperatingCommands(program);
  addAuditCommands(program);
  for (const command of program.commands) shareOptions(command);
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
    .option('--url <url>');
  command.exitOverride().showHelpAfterError('(--help shows what there is)');
}

// `riposte explain | head`: whoever read has seen enough, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? exitCodes.fine);
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
