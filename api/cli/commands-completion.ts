import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { Argument, type Command } from 'commander';
import { codes } from '../../schemas/codes.ts';
import { completionScript, type Shell, shells } from './completion-scripts.ts';
import { type Candidate, completeWords, type Known } from './completion-words.ts';
import { printLine } from './print.ts';
import { schemaNames } from './schema-names.ts';
import { oneLine } from './server-text.ts';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands, options and playbook ids in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      `
It completes commands, options and their values, files, codes, and the ids of playbooks and triggers that lie
in ./playbooks; it asks no server.

Examples:
  source <(riposte completion bash)                                        in ~/.bashrc
  source <(riposte completion zsh)                                         in ~/.zshrc
  riposte completion fish > ~/.config/fish/completions/riposte.fish

Exit codes: 0 printed, 2 there is no such shell.`,
    )
    .action((shell: Shell) => {
      stdout.write(completionScript(shell));
    });
  // Asked by the scripts on every tab.
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      const { candidates, files } = completeWords(program, words, knownHere);
      for (const { word, about } of candidates) printLine(`${word}\t${oneLine(about)}`);
      if (files) printLine(':files');
    });
}

const knownHere: Known = {
  playbooks: () => playbooksHere().map(({ id, title }) => ({ word: id, about: title })),
  triggers: (playbook) => {
    const text = playbooksHere().find(({ id, file }) => id === playbook || file === playbook)?.text;
    return text === undefined ? [] : triggersIn(text);
  },
  codes: () => Object.entries(codes).map(([word, { summary }]) => ({ word, about: summary })),
  schemas: () => schemaNames().map((word) => ({ word, about: '' })),
};

interface PlaybookHere {
  id: string;
  title: string;
  file: string;
  text: string;
}

/** Read line by line and not as YAML: a tab must answer while a playbook is half written. */
function playbooksHere(): PlaybookHere[] {
  return yamlUnder('playbooks').flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const id = /^id:\s*["']?([a-z][a-z0-9-]*)/m.exec(text)?.[1];
    const title = /^title:\s*(.*)$/m.exec(text)?.[1] ?? '';
    return id === undefined ? [] : [{ id, title, file, text }];
  });
}

function yamlUnder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name) && !/\.cases\.ya?ml$/.test(name))
      .map((name) => join(folder, name))
      .sort();
  } catch (error) {
    // Somewhere else nothing is known.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function triggersIn(text: string): Candidate[] {
  const block = /^triggers:\n((?:[ \t-].*\n|\n)*)/m.exec(text)?.[1] ?? '';
  return [...block.matchAll(/\bid:\s*([a-z][a-z0-9_]*)/g)].map(([, word = '']) => ({ word, about: '' }));
}
