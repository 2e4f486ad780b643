import { stdout } from 'node:process';
import { type Command, Option } from 'commander';
import { isJsonObject } from '../../schemas/json.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { compileFiles } from './compile-files.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson } from './print.ts';
import { readSettings } from './settings.ts';

interface GraphOptions extends CommonOptions {
  format: 'mermaid' | 'svg' | 'json';
  run?: string;
}

export function addGraphCommand(program: Command): void {
  program
    .command('graph')
    .description('draw a playbook: Mermaid for a README, SVG for people, JSON for machines')
    .argument('<playbook>', 'a playbook file')
    .addOption(new Option('--format <format>', 'how').choices(['mermaid', 'svg', 'json']).default('mermaid'))
    .option('--run <id>', 'mark the states of that run; asks the server')
    .action((file: string, _options: unknown, command: Command) => draw(file, optionsOf(command)));
}

async function draw(file: string, options: GraphOptions): Promise<void> {
  const [compiled] = await compileFiles([file], file);
  if (compiled === undefined) throw new CliError(exitCodes.usage, `There is no playbook ${file}.`);
  const { planTree } = await import('../../engine/core/graph/plan-tree.ts');
  const tree = planTree(compiled.plan);
  const states = options.run === undefined ? {} : await statesOf(options.run, options);
  if (options.json || options.format === 'json') return printJson({ schemaVersion: 1, ...tree, states });
  if (options.format === 'svg') {
    const { drawSvg } = await import('../../engine/core/graph/draw-svg.ts');
    stdout.write(drawSvg(tree, states));
    return;
  }
  const { drawMermaid } = await import('../../engine/core/graph/draw-mermaid.ts');
  stdout.write(drawMermaid(tree, states));
}

async function statesOf(run: string, options: GraphOptions): Promise<{ [path: string]: string }> {
  const answer = await callServer(
    readSettings(options),
    `/v1/runs/${encodeURIComponent(run)}/steps?scope=run&limit=200`,
  );
  const items = Array.isArray(answer.items) ? answer.items.filter(isJsonObject) : [];
  return Object.fromEntries(items.map((item) => [String(item.path), String(item.status)]));
}
