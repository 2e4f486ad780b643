import { readFile } from 'node:fs/promises';
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseExactly } from '../../engine/core/contracts/parse-exactly.ts';
import { isJsonObject, type Json } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { printJson, printLine, targetText } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface AlertFilter extends CommonOptions {
  source?: string;
  status?: string;
  severity?: string;
  target?: string;
  since?: string;
}

export function addAlertCommands(program: Command): void {
  const alerts = program.command('alerts').description('hand in alerts and look at them');
  alerts
    .command('send')
    .description('send the alerts of JSON files: one, a list, or a Graph answer with "value"')
    .argument('<file...>', 'files; - is stdin')
    .option('--source <name>', 'the connection they come from')
    .action((files: string[], _options: unknown, command: Command) =>
      send(files, optionsOf<AlertFilter>(command)),
    );
  addListOptions(alerts.command('list', { isDefault: true }))
    .description('alerts, newest first')
    .option('--status <words>', 'accepted, matched')
    .option('--severity <words>', 'e.g. high,critical')
    .option('--target <kind:id>', 'e.g. host:H17')
    .option('--since <time>', 'RFC 3339')
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf<AlertFilter>(command);
      const { status, severity, target, since } = options;
      await showList(
        options,
        '/v1/alerts',
        { status, severity, target, since },
        [
          { title: 'ALERT', value: (alert) => alert.id },
          { title: 'SEVERITY', value: (alert) => alert.severity },
          { title: 'STATE', value: (alert) => alert.state },
          { title: 'RECEIVED', value: (alert) => alert.createdAt },
          {
            title: 'TARGETS',
            value: ({ targets }) => (Array.isArray(targets) ? targets.map(targetText).join(', ') : ''),
          },
          { title: 'TITLE', value: (alert) => alert.title },
        ],
        'No alerts.',
      );
    });
}

async function send(files: readonly string[], options: AlertFilter): Promise<void> {
  const settings = readSettings(options);
  const path =
    options.source === undefined
      ? '/v1/alerts'
      : `/v1/alerts?${new URLSearchParams({ source: options.source })}`;
  const answers: Json[] = [];
  for (const file of files) {
    for (const alert of await readAlerts(file)) {
      const answer = await callServer(settings, path, { method: 'POST', body: alert });
      answers.push(answer);
      if (!options.json) printLine(`${oneLine(answer.id)}${answer.duplicate === true ? '  duplicate' : ''}`);
    }
  }
  if (options.json) printJson({ items: answers });
}

async function readAlerts(file: string): Promise<Json[]> {
  let content: Json;
  try {
    content = parseExactly(file === '-' ? await text(stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(
      exitCodes.failure,
      `${file}: ${error instanceof Error ? error.message : 'cannot be read'}`,
    );
  }
  if (Array.isArray(content)) return content;
  if (isJsonObject(content) && Array.isArray(content.value)) return content.value;
  return [content];
}
