import type { Command } from 'commander';
import { findings } from '../../engine/core/approval/judge-review.ts';
import { approvalPath } from './approval-path.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, printJson, printLine } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface ReviewOptions extends CommonOptions {
  finding: string;
  comment: string;
}

/** Deciding alone needs a session, so it is done on the card; what was done so is read and reviewed here. */
export function addBreakGlass(approvals: Command): void {
  addListOptions(approvals.command('break-glass'))
    .description('what people decided alone; each is reviewed by somebody else')
    .option('--unreviewed', 'only what nobody has looked at yet')
    .action((_options: unknown, command: Command) => {
      const options = optionsOf<CommonOptions & { unreviewed?: true }>(command);
      return showList(
        options,
        '/v1/break-glass',
        { reviewed: options.unreviewed ? 'false' : undefined },
        [
          { title: 'APPROVAL', value: (item) => item.approvalId },
          { title: 'BY', value: (item) => at(item, 'by', 'name') },
          { title: 'AT', value: (item) => item.at },
          { title: 'FOUND', value: (item) => at(item, 'review', 'finding') ?? 'not reviewed' },
          { title: 'REASON', value: (item) => item.reason },
        ],
        'Nobody decided alone.',
      );
    });
  approvals
    .command('review')
    .description('say what you think of what somebody else decided alone')
    .argument('<id>')
    .requiredOption('--finding <word>', findings.join(' or '))
    .requiredOption('--comment <text>', 'what you looked at')
    .action((id: string, _options: unknown, command: Command) =>
      review(id, optionsOf<ReviewOptions>(command)),
    );
}

async function review(id: string, options: ReviewOptions): Promise<void> {
  const finding = findings.find((each) => each === options.finding);
  if (finding === undefined) throw new CliError(exitCodes.usage, `--finding is ${findings.join(' or ')}.`);
  const answer = await callServer(readSettings(options), `${approvalPath(id)}/break-glass/review`, {
    method: 'POST',
    body: { finding, comment: options.comment },
  });
  if (options.json) return printJson(answer);
  printLine(`${oneLine(answer.id)}  ${oneLine(answer.finding)}`);
}
