import { stdout } from 'node:process';
import { type Command, Option } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import { compileFiles } from './compile-files.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson } from './print.ts';
import { runStates } from './run-states.ts';
import { readSettings } from './settings.ts';

interface GraphOptions extends CommonOptions {
  format: 'mermaid' | 'svg' | 'dot' | 'json';
  run?: string;
}

export function addGraphCommand(program: Command): void {
  program
    .command('graph')
    .description('draw a playbook: Mermaid for a README, SVG for people, DOT for Graphviz, JSON for machines')
    .argument('<playbook>', 'a playbook file')
    .addOption(
      new Option('--format <format>', 'how').choices(['mermaid', 'svg', 'dot', 'json']).default('mermaid'),
    )
    .option('--run <id>', 'mark the states of that run; asks the server')
    .action((file: string, _options: unknown, command: Command) => draw(file, optionsOf(command)));
}

async function draw(file: string, options: GraphOptions): Promise<void> {
  const [compiled] = await compileFiles([file]);
  if (compiled === undefined) throw new CliError(exitCodes.usage, `There is no playbook ${file}.`);
  const { planTree } = await import('../../engine/core/graph/plan-tree.ts');
  const tree = planTree(compiled.plan);
  const states = options.run === undefined ? {} : await runStates(readSettings(options), options.run);
  if (options.json || options.format === 'json') return printJson({ schemaVersion: 1, ...tree, states });
  if (options.format === 'svg') {
    const { drawSvg } = await import('../../engine/core/graph/draw-svg.ts');
    stdout.write(drawSvg(tree, states));
    return;
  }
  if (options.format === 'dot') {
    const { drawDot } = await import('../../engine/core/graph/draw-dot.ts');
    stdout.write(drawDot(tree, states));
    return;
  }
  const { drawMermaid } = await import('../../engine/core/graph/draw-mermaid.ts');
  stdout.write(drawMermaid(tree, states));
}
