import type { Command } from 'commander';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { printJson, printLine } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface IncidentOptions extends CommonOptions {
  status?: string;
  severity?: string;
  classification?: string;
  owner?: string;
}

export function addIncidentCommands(program: Command): void {
  const incidents = program.command('incidents').description('look at incidents and judge them');
  addListOptions(incidents.command('list', { isDefault: true }))
    .description('incidents, newest first')
    .option('--status <words>', 'new, in_progress, resolved')
    .option('--severity <words>', 'e.g. high,critical')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<IncidentOptions>(command);
      const { status, severity } = options;
      await showList(
        options,
        '/v1/incidents',
        { status, severity },
        [
          { title: 'INCIDENT', value: (incident) => incident.id },
          { title: 'SEVERITY', value: (incident) => incident.severity },
          { title: 'STATUS', value: (incident) => incident.status },
          { title: 'VERDICT', value: (incident) => incident.classification },
          { title: 'OWNER', value: (incident) => incident.owner },
          { title: 'ALERTS', value: (incident) => incident.alerts },
          { title: 'TITLE', value: (incident) => incident.title },
        ],
        'No incidents.',
      );
    });
  incidents
    .command('update')
    .description('status, verdict or owner; playbooks that wait for it hear of it')
    .argument('<id>')
    .option('--status <word>', 'new, in_progress or resolved')
    .option('--classification <word>', 'true_positive, false_positive, benign or unknown')
    .option('--owner <name>', 'whose it is; empty for nobody')
    .action((id: string, _options: unknown, command: Command) =>
      update(id, optionsOf<IncidentOptions>(command)),
    );
}

/** Read first: what is changed is what was there a moment ago, and nobody's later word is overwritten. */
async function update(id: string, options: IncidentOptions): Promise<void> {
  const { status, classification, owner } = options;
  const change = {
    ...(status !== undefined && { status }),
    ...(classification !== undefined && { classification }),
    ...(owner !== undefined && { owner }),
  };
  if (Object.keys(change).length === 0)
    throw new CliError(exitCodes.usage, 'Say what to change: --status, --classification or --owner.');
  const settings = readSettings(options);
  const path = `/v1/incidents/${encodeURIComponent(id)}`;
  const seen = await callServer(settings, path);
  const headers = { 'if-match': `"${seen.version}"` };
  const answer = await callServer(settings, path, { method: 'PATCH', body: change, headers });
  if (options.json) return printJson(answer);
  const said = Object.entries(change).map(([field, value]) => `${field} ${value === '' ? 'nobody' : value}`);
  printLine(`${oneLine(id)}: ${said.map(oneLine).join(', ')}`);
}
