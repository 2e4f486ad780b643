import type { Argument, Command, Option } from 'commander';

/*
 * What can stand at the end of a command line, read off the commands themselves: a new command or option is
 * completed without another word. Values that only the folder knows come from outside.
 */

export interface Candidate {
  word: string;
  about: string;
}

export interface Completion {
  candidates: Candidate[];
  /** The shell offers files as well. */
  files: boolean;
}

/** Names that are known where the command is typed. */
export interface Known {
  playbooks(): readonly Candidate[];
  triggers(playbook: string): readonly Candidate[];
  codes(): readonly Candidate[];
  schemas(): readonly Candidate[];
}

/** `words` are those after `riposte`; the last one is being typed and may be empty. */
export function completeWords(program: Command, words: readonly string[], known: Known): Completion {
  const typed = words.at(-1) ?? '';
  const before = walk(program, words.slice(0, -1));
  const all = offers(before, typed, known);
  return { ...all, candidates: all.candidates.filter(({ word }) => word.startsWith(typed)) };
}

interface Walked {
  command: Command;
  /** Operands of that command so far. */
  operands: string[];
  /** An option whose value comes next. */
  open: Option | null;
  /** After `--` nothing is an option. */
  ended: boolean;
}

function walk(program: Command, words: readonly string[]): Walked {
  const state: Walked = { command: program, operands: [], open: null, ended: false };
  for (const word of words) {
    if (state.open !== null) state.open = null;
    else if (word === '--') state.ended = true;
    else if (word.startsWith('-') && !state.ended) {
      const option = optionsOf(state.command).find((each) => each.long === word || each.short === word);
      if (option !== undefined && (option.required || option.optional)) state.open = option;
    } else {
      const next = state.operands.length === 0 ? subcommand(state.command, word) : undefined;
      if (next === undefined) state.operands.push(word);
      else state.command = next;
    }
  }
  return state;
}

function subcommand(command: Command, name: string): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}

/** Its own and those of the commands above it; each once. */
function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  const above = command.parent === null ? [] : optionsOf(command.parent);
  return [...own, ...above.filter((option) => !own.some(({ long }) => long === option.long))];
}

function offers({ command, operands, open, ended }: Walked, typed: string, known: Known): Completion {
  if (open !== null) {
    if (open.argChoices !== undefined) return only(open.argChoices.map((word) => ({ word, about: '' })));
    return valuesOf(open.long ?? '', open.flags, operands, known);
  }
  if (typed.startsWith('-') && !ended) {
    return only(
      optionsOf(command).flatMap(({ long, description }) =>
        long ? [{ word: long, about: description }] : [],
      ),
    );
  }
  const children = command.createHelp().visibleCommands(command);
  if (children.length > 0 && operands.length === 0) {
    return only(children.map((child) => ({ word: child.name(), about: child.description() })));
  }
  const argument = argumentAt(command, operands.length);
  if (argument === undefined) return only([]);
  if (argument.argChoices !== undefined)
    return only(argument.argChoices.map((word) => ({ word, about: '' })));
  return operandsOf(command, argument, known);
}

/** The last argument takes the rest where it is variadic. */
function argumentAt(command: Command, position: number): Argument | undefined {
  const { registeredArguments: all } = command;
  const last = all.at(-1);
  return all[position] ?? (last?.variadic ? last : undefined);
}

/** By the option's name, and by the sign for its value: `<file>` is a file wherever it stands. */
function valuesOf(name: string, flags: string, operands: readonly string[], known: Known): Completion {
  if (name === '--playbook') return only(known.playbooks());
  if (name === '--trigger') return only(known.triggers(operands[0] ?? ''));
  return { candidates: [], files: /<(file|files|folder|export|who)(\.\.\.)?>/.test(flags) };
}

function operandsOf(command: Command, argument: Argument, known: Known): Completion {
  switch (`${command.name()} ${argument.name()}`) {
    case 'run playbook':
      return { candidates: [...known.playbooks()], files: true };
    case 'explain what':
      return { candidates: [...known.codes()], files: true };
    case 'schema name':
      return only(known.schemas());
    default:
      return {
        candidates: [],
        files: /^(paths?|files?|playbook|before|after|export)$/.test(argument.name()),
      };
  }
}

function only(candidates: readonly Candidate[]): Completion {
  return { candidates: [...candidates], files: false };
}
