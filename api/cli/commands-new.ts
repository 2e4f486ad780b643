import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { stderr, stdin } from 'node:process';
import { type Command, Option } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import { type Filled, fillTemplate, type TemplateName, templates, titleOf } from './fill-template.ts';
import { findPlaybooks } from './find-playbooks.ts';
import { type CommonOptions, optionsOf } from './list-command.ts';
import { idProblem, type NewAnswers, ownerProblem, titleProblem } from './new-answers.ts';
import { printJson, printLine, say } from './print.ts';

interface NewOptions extends CommonOptions {
  from?: TemplateName;
  title?: string;
  owner?: string;
  author?: string;
  dir?: string;
  yes?: true;
}

const defaultOwner = 'group:soc-tier2';

/** Without a schema in the project its address on the net stands in line one, and an editor may not reach it. */
const editorHint = `For completion in your editor, before the first file is made:
  riposte schema --out schemas/installed/playbook-v1.schema.json
  riposte schema cases --out schemas/cases-v1.schema.json`;

export function addNewCommand(program: Command): void {
  program
    .command('new')
    .description('write a new playbook with its cases, ready to check and test; needs no server')
    .argument('[name]', 'its id and file name, e.g. phishing-quarantine-mail')
    .addOption(
      new Option('--from <template>', 'what to start from').choices(templates.map(({ name }) => name)),
    )
    .option('--title <text>', 'what it does, as an order; default: as the template says')
    .option('--owner <who>', `who decides and hears of failures; default: ${defaultOwner}`)
    .option('--author <name>', 'who wrote it; default: as git knows you')
    .option('--dir <folder>', 'where to; default: playbooks/<topic of the template>')
    .option('--yes', 'ask nothing: what is not said takes its default')
    .addHelpText(
      'after',
      `
Templates:
${templates.map(({ name, does }) => `  ${name.padEnd(12)}${does}`).join('\n')}

On a terminal it asks for what is missing, at most four questions. Nothing is overwritten. What it writes
passes check, fmt and test as it is; then make it yours.

Examples:
  riposte new
  riposte new phishing-quarantine-mail --from phishing
  riposte new lab-isolate --from ransomware --owner group:soc-lab --dir playbooks/lab --yes

Exit codes: 0 written, 1 cancelled or something of that name is there, 2 wrong usage, 3 cannot write.`,
    )
    .action((name: string | undefined, _options: unknown, command: Command) =>
      start(name, optionsOf(command)),
    );
}

async function start(name: string | undefined, options: NewOptions): Promise<void> {
  refuseBad(name, idProblem);
  refuseBad(options.title, titleProblem);
  refuseBad(options.owner, ownerProblem);
  refuseBad(options.author, titleProblem);
  const answers = await answersTo(name, options);
  const topic = templates.find((each) => each.name === answers.template)?.topic;
  const dir = options.dir ?? join('playbooks', topic ?? answers.id.split('-', 1)[0] ?? '');
  const file = join(dir, `${answers.id}.yaml`);
  await refuseTaken(answers.id, dir);
  const today = new Date().toISOString().slice(0, 10);
  const files = await fillTemplate({ ...answers, author: options.author ?? authorName(), today }, file);
  await write(dir, files);
  const next = [
    `riposte check --prove ${shown(file)}`,
    `riposte test --coverage ${shown(file)}`,
    `riposte graph ${shown(file)}`,
  ];
  if (options.json) return printJson({ schemaVersion: 1, files: files.map((each) => each.file), next });
  for (const each of files) printLine(each.file);
  if (files.some(({ text }) => text.split('\n', 1)[0]?.includes('://'))) say(editorHint);
  say(['', 'Next:', ...next.map((line) => `  ${line}`)].join('\n'));
}

async function answersTo(id: string | undefined, options: NewOptions): Promise<NewAnswers> {
  const said = {
    ...(id !== undefined && { id }),
    ...(options.from !== undefined && { template: options.from }),
    ...(options.title !== undefined && { title: options.title }),
    ...(options.owner !== undefined && { owner: options.owner }),
  };
  if (!options.yes && !options.json && stdin.isTTY === true && stderr.isTTY === true) {
    const { askNew } = await import('./ask-new.ts');
    return askNew(said, defaultOwner);
  }
  if (id === undefined) {
    throw new CliError(
      exitCodes.usage,
      'It needs a name: riposte new phishing-quarantine-mail --from phishing. On a terminal, "riposte new" asks.',
    );
  }
  const template = options.from ?? 'blank';
  const answers = { template, id, title: await titleOf(template), owner: defaultOwner, ...said };
  const taken = (['template', 'title', 'owner'] as const).filter((each) => said[each] === undefined);
  if (taken.length > 0) say(`Not said, so: ${taken.map((each) => `${each} "${answers[each]}"`).join(', ')}.`);
  return answers;
}

function refuseBad(value: string | undefined, problem: (value: string) => string | null): void {
  const found = value === undefined ? null : problem(value);
  if (found !== null) throw new CliError(exitCodes.usage, `"${value}" will not do. ${found}`);
}

/** Two playbooks of one id are one playbook to the server: publishing the second replaces the first. */
async function refuseTaken(id: string, dir: string): Promise<void> {
  const library = dir.split('/').includes('playbooks') ? libraryOf(dir) : dir;
  const others = await playbooksUnder(library);
  const same = others.find(({ text }) => new RegExp(`^id:\\s*["']?${id}["']?\\s*(#.*)?$`, 'm').test(text));
  if (same !== undefined)
    throw new CliError(exitCodes.findings, `${same.file} has the id "${id}" already. Nothing was written.`);
}

function libraryOf(dir: string): string {
  return basename(dir) === 'playbooks' ? dir : libraryOf(dirname(dir));
}

async function playbooksUnder(folder: string): Promise<{ file: string; text: string }[]> {
  try {
    return await findPlaybooks([folder]);
  } catch (error) {
    // No folder yet, or none with a playbook in it.
    if (error instanceof CliError) return [];
    throw error;
  }
}

/** Both files or none. */
async function write(dir: string, files: readonly Filled[]): Promise<void> {
  await mkdir(dir, { recursive: true });
  const written: string[] = [];
  try {
    for (const { file, text } of files) {
      await writeFile(file, text, { flag: 'wx' });
      written.push(file);
    }
  } catch (error) {
    for (const file of written) await rm(file);
    const taken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!taken) throw error;
    const there = files[written.length]?.file ?? dir;
    throw new CliError(exitCodes.findings, `${there} is there already. Nothing was written.`);
  }
}

function authorName(): string {
  const { status, stdout } = spawnSync('git', ['config', 'user.name'], { encoding: 'utf8' });
  const name = status === 0 ? stdout.trim() : '';
  return titleProblem(name) === null ? name : userInfo().username;
}

/** As it can be typed into a shell. */
function shown(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
