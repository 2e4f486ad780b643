import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { PreviewReport } from '../../engine/core/preview/preview-report.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { playbookToTry } from './playbook-to-try.ts';
import { printPreview, signs } from './preview-text.ts';
import { printJson, say } from './print.ts';
import { readAlert } from './read-alert.ts';
import { readSettings } from './settings.ts';

/* `riposte plan`: a dry run by the server, which knows its alerts, routing and guardrails. */

interface PlanOptions extends CommonOptions {
  alert: string;
  source: string;
}

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('ask the server what a playbook would do about one alert now')
    .argument('<playbook>', 'a playbook file that is not published yet, or the id of a published playbook')
    .requiredOption('--alert <id or file>', 'an alert that the server has, or a file with one; - is stdin')
    .option('--source <name>', 'of an alert in a file: the connection it comes from', 'api')
    .addHelpText(
      'after',
      `
As riposte run --dry-run, with the routing and the guardrails in force. Nothing is changed and no system is asked.

  riposte plan ransomware-isolate-host --alert alr_01j9 --as kim
  riposte plan playbooks/ransomware/isolate-host.yaml --alert alr_01j9 --json

Exit codes: 0 a run would be started, 1 nothing would be, the file does not compile, or the server says no,
2 wrong usage, 3 the server cannot be reached or refuses you, 5 it did not answer within a minute.`,
    )
    .action((playbook: string, _options: unknown, command: Command) => plan(playbook, optionsOf(command)));
}

async function plan(playbook: string, options: PlanOptions): Promise<void> {
  const settings = readSettings(options);
  const { id, candidate } = await playbookToTry(playbook);
  const body: JsonObject = { ...(await alertOf(options)), ...candidate };
  const path = `/v1/playbooks/${encodeURIComponent(id)}/plan`;
  const answer = await callServer(settings, path, { method: 'POST', body });
  const preview = answer as unknown as PreviewReport;
  if (options.json) printJson(answer);
  else {
    printPreview(preview);
    const more = preview.triggers.reduce((sum, { starts }) => sum + starts, 0) - preview.runs.length;
    if (more > 0) say(`${more} more ${more === 1 ? 'run' : 'runs'} would be started; the first are shown.`);
    say(
      `${signs}\nNothing was done. Budgets, holds of other runs, duplicates and full groups are not looked at.`,
    );
  }
  if (preview.runs.length === 0) throw new CliError(exitCodes.findings, 'Nothing would be started.');
}

/** Read here first, so that what is wrong with a file is said with its name. */
async function alertOf({ alert, source }: PlanOptions): Promise<JsonObject> {
  if (alert !== '-' && (await stat(alert).catch(() => null)) === null) return { alertId: alert };
  return { alert: await readAlert(alert, source), alertSource: source };
}
