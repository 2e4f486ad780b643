import { stdout } from 'node:process';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { LocatedChange } from '../../engine/core/diff/diff-plans.ts';
import { type ComparedPlaybook, diffReport } from '../../engine/core/diff/diff-report.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CompiledPlaybookFile, compileFiles } from './compile-files.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say, strong } from './print.ts';
import { oneLine } from './server-text.ts';

interface DiffOptions extends CommonOptions {
  exitCode?: true;
}

export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('what two versions of a playbook mean differently; formatting says nothing')
    .argument('<before>', 'a playbook file, or a folder')
    .argument('<after>', 'the same; playbooks of folders are matched by their id')
    .option('--exit-code', 'end with 1 when something became bolder; for CI')
    .addHelpText(
      'after',
      `
Each line says whether the change is bolder, more careful or neutral, and where it stands in both
versions. What cannot be compared counts as bolder: a person has to look at it.

  git show main:playbooks/ransomware/isolate-host.yaml > /tmp/before.yaml
  riposte diff /tmp/before.yaml playbooks/ransomware/isolate-host.yaml --exit-code`,
    )
    .action((before: string, after: string, _options: unknown, command: Command) =>
      diff(before, after, optionsOf(command)),
    );
}

async function diff(before: string, after: string, options: DiffOptions): Promise<void> {
  const exitCode = exitCodes.usage;
  const [olds, nows, { diffPlans }] = await Promise.all([
    compileFiles([before], { more: [after], exitCode }),
    compileFiles([after], { more: [before], exitCode }),
    import('../../engine/core/diff/diff-plans.ts'),
  ]);
  const compared = pairs(olds, nows).map(({ id, old, now }): ComparedPlaybook => {
    const files = { id, before: old?.file ?? null, after: now?.file ?? null };
    if (old !== null && now !== null) return { ...files, ...diffPlans(old, now) };
    return { ...files, sameMeaning: false, changes: [wholePlaybook(id, old, now)] };
  });
  const report = diffReport(compared);
  const { counts } = report;
  if (options.json) printJson(report);
  else print(compared);
  say(`${counts.bolder} bolder, ${counts.careful} more careful, ${counts.neutral} neutral`);
  if (options.exitCode && counts.bolder > 0)
    throw new CliError(exitCodes.findings, 'Something became bolder.');
}

interface Pair {
  id: string;
  old: CompiledPlaybookFile | null;
  now: CompiledPlaybookFile | null;
}

/** Two files are two versions whatever their ids say; in folders the id tells. */
function pairs(olds: readonly CompiledPlaybookFile[], nows: readonly CompiledPlaybookFile[]): Pair[] {
  const [old, ...moreOld] = olds;
  const [now, ...moreNow] = nows;
  if (old !== undefined && now !== undefined && moreOld.length === 0 && moreNow.length === 0)
    return [{ id: now.plan.playbook.id, old, now }];
  const idOf = (each: CompiledPlaybookFile) => each.plan.playbook.id;
  const ids = [...new Set([...olds, ...nows].map(idOf))].sort();
  return ids.map((id) => ({
    id,
    old: olds.find((each) => idOf(each) === id) ?? null,
    now: nows.find((each) => idOf(each) === id) ?? null,
  }));
}

function wholePlaybook(
  id: string,
  old: CompiledPlaybookFile | null,
  now: CompiledPlaybookFile | null,
): LocatedChange {
  return {
    kind: now === null ? 'playbook-removed' : 'playbook-added',
    risk: now === null ? 'careful' : 'bolder',
    what: now === null ? `the playbook ${id} is gone` : `the playbook ${id} is new`,
    path: '',
    before: old === null ? null : 1,
    after: now === null ? null : 1,
  };
}

const signs = { bolder: '+ bolder ', careful: '- careful', neutral: '  neutral' } as const;
const styles = { bolder: 'red', careful: 'green', neutral: 'dim' } as const;

function print(compared: readonly ComparedPlaybook[]): void {
  const different = compared.filter(({ sameMeaning }) => !sameMeaning);
  if (different.length === 0) {
    printLine('no difference in meaning');
    return;
  }
  for (const { id, before, after, changes } of different) {
    printLine(strong(oneLine(`${id}  ${before ?? '(none)'} → ${after ?? '(none)'}`)));
    for (const change of changes) {
      const lines = `${place(change.before)} → ${place(change.after)}`.padEnd(12);
      const sign = styleText(styles[change.risk], signs[change.risk], {
        stream: stdout,
        validateStream: true,
      });
      printLine(`${sign}  ${lines}  ${oneLine(change.what)}`);
    }
  }
}

function place(line: number | null): string {
  return line === null ? '-' : String(line);
}
