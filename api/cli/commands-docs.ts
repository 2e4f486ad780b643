import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { compileFiles } from './compile-files.ts';
import type { DocumentedPlaybook } from './docs/library-pages.ts';
import { findCases } from './find-playbooks.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { printJson, printLine, say } from './print.ts';
import { schemaFile } from './schema-names.ts';

interface DocsOptions extends CommonOptions {
  out: string;
  language?: string;
}

export function addDocsCommand(program: Command): void {
  program
    .command('docs')
    .description('write a Markdown page per playbook and per action, with graphs and an index')
    .argument('[paths...]', 'files and folders', ['playbooks'])
    .option('--out <folder>', 'where to', 'docs')
    .option('--language <file>', 'instead write the reference of the language into one file')
    .addHelpText(
      'after',
      `
Each playbook's page says what starts it, what it reads, asks, does and takes back, its limits and its cases;
each action's page its fields, class, undo and permissions. Text of playbooks is shown as typed, never as
markup. The same playbooks give the same bytes. Pages of playbooks that are gone are not removed.

Examples:
  riposte docs
  riposte docs playbooks/phishing --out handbook
  riposte docs --language playbooks/LANGUAGE.md

Exit codes: 0 written, 1 a playbook or its cases have errors, 2 wrong usage, 3 a file cannot be read or written.`,
    )
    .action((paths: string[], _options: unknown, command: Command) => {
      const options = optionsOf<DocsOptions>(command);
      return options.language === undefined
        ? writeDocs(paths, options)
        : writeLanguage(options.language, options);
    });
}

async function writeDocs(paths: readonly string[], options: DocsOptions): Promise<void> {
  const [{ installedActions }, { libraryPages }] = await Promise.all([
    import('./installed-actions.ts'),
    import('./docs/library-pages.ts'),
  ]);
  const compiled = await compileFiles(paths);
  const documented: DocumentedPlaybook[] = [];
  for (const { plan, file } of compiled) documented.push({ plan, cases: await sentencesFor(file) });
  const manifests = [...installedActions().values()].map(({ manifest }) => manifest);
  const pages = libraryPages(documented, manifests);
  const files: string[] = [];
  for (const [path, text] of pages) {
    const file = join(options.out, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    files.push(file);
  }
  if (options.json) return printJson({ schemaVersion: 1, files });
  printLine(join(options.out, 'README.md'));
  say(
    `${documented.length} playbooks and ${manifests.length} actions, ${files.length} pages in ${options.out}`,
  );
}

async function writeLanguage(file: string, options: DocsOptions): Promise<void> {
  const [{ createRegistry }, { languagePage }] = await Promise.all([
    import('../../actions/registry.ts'),
    import('./docs/language-page.ts'),
  ]);
  const schema = JSON.parse(await readFile(schemaFile('playbook'), 'utf8')) as JsonObject;
  const manifests = [...createRegistry().values()].map(({ manifest }) => manifest);
  await writeFile(file, languagePage(schema, manifests));
  if (options.json) return printJson({ schemaVersion: 1, files: [file] });
  printLine(file);
}

/** From the cases beside it; a playbook without cases has none to show. */
async function sentencesFor(file: string): Promise<readonly string[]> {
  if (!existsSync(file.replace(/(\.ya?ml)$/, '.cases$1'))) return [];
  const { readCases } = await import('../../engine/core/cases/read-cases.ts');
  const sentences: string[] = [];
  for (const cases of await findCases([file])) {
    const reading = readCases(cases.text, cases.file);
    if (!reading.ok) throw new CliError(exitCodes.findings, `${cases.file} has errors; see "riposte test".`);
    sentences.push(...reading.file.cases.map(({ name }) => name));
  }
  return sentences;
}
