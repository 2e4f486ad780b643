import type { Command } from 'commander';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { at, printFields, printJson, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

/** What is set, what went, and why something older is still here. It is set where the server is started. */
export function addRetentionCommand(program: Command): void {
  program
    .command('retention')
    .description('after how many days what is over goes, what went last, and why something older stays')
    .action((_options: unknown, command: Command) => show(optionsOf(command)));
}

async function show(options: CommonOptions): Promise<void> {
  const answer = await callServer(readSettings(options), '/v1/settings/retention');
  if (options.json) return printJson(answer);
  const { days, textDays, lastRound, oldestAlertAt, oldestRunAt } = answer;
  printFields([
    ['ALERTS AND RUNS', days === null ? 'stay' : `go ${oneLine(days)} days after they are over`],
    [
      'TEXTS OF THE LOG',
      textDays === null ? 'stay' : `may go after ${oneLine(textDays)} days, by two people`,
    ],
    ['OLDEST ALERT', oldestAlertAt],
    ['OLDEST RUN', oldestRunAt],
    ['LAST ROUND', at(lastRound, 'endedAt')],
    ['WENT', isJsonObject(lastRound) ? removedText(lastRound) : undefined],
  ]);
  const kept =
    isJsonObject(lastRound) && Array.isArray(lastRound.kept) ? lastRound.kept.filter(isJsonObject) : [];
  for (const { count, says } of kept) say(`Older, and kept: ${oneLine(count)} ${oneLine(says)}.`);
}

function removedText(round: JsonObject): string {
  const count = (name: string) => oneLine(at(round, 'removed', name) ?? 0);
  return `${count('alerts')} alerts, ${count('incidents')} incidents, ${count('runs')} runs, ${count('signals')} signals from before ${oneLine(round.before)}`;
}
