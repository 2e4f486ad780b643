import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printLine, say } from './print.ts';
import { schemaFile, schemaNames } from './schema-names.ts';

interface SchemaOptions extends CommonOptions {
  out?: string;
  actions: boolean;
}

export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print a JSON Schema; the one of playbooks knows the installed actions')
    .argument('[name]', schemaNames().join(', '), 'playbook')
    .addOption(new Option('--no-actions', 'only the language, without the installed actions'))
    .option('--out <file>', 'write it there instead of stdout')
    .addHelpText(
      'after',
      `
An editor with a YAML language server completes and checks against the schema in line one of a file:

  # yaml-language-server: $schema=../../schemas/installed/playbook-v1.schema.json

  riposte schema --out schemas/installed/playbook-v1.schema.json    after installing an action`,
    )
    .action((name: string, _options: unknown, command: Command) => show(name, optionsOf(command)));
}

async function show(name: string, options: SchemaOptions): Promise<void> {
  if (!schemaNames().includes(name)) {
    throw new CliError(
      exitCodes.usage,
      `There is no schema "${name}". There are: ${schemaNames().join(', ')}.`,
    );
  }
  const text = `${JSON.stringify(await schemaOf(name, options.actions), null, 2)}\n`;
  if (options.out === undefined) return printLine(text.trimEnd());
  await mkdir(dirname(options.out), { recursive: true });
  await writeFile(options.out, text);
  say(`Written: ${options.out}`);
}

async function schemaOf(name: string, actions: boolean): Promise<JsonObject> {
  const language = JSON.parse(await readFile(schemaFile(name), 'utf8')) as JsonObject;
  if (name !== 'playbook' || !actions) return language;
  const [{ installedActions }, { playbookSchema }] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/schema/playbook-schema.ts'),
  ]);
  return playbookSchema(
    language,
    [...installedActions().values()].map(({ manifest }) => manifest),
  );
}
