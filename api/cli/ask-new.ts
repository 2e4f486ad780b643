import { stderr } from 'node:process';
import { CANCEL_SYMBOL, select, text } from '@clack/prompts';
import { CliError, exitCodes } from './cli-error.ts';
import { type TemplateName, templates, titleOf } from './fill-template.ts';
import type { NewAnswers } from './new-answers.ts';
import { idProblem, ownerProblem, titleProblem } from './new-answers.ts';

/*
 * The four questions of `riposte new`, on a terminal. They go to stderr: stdout carries the names of the
 * files. What was already said is not asked again.
 */

export async function askNew(said: Partial<NewAnswers>, owner: string): Promise<NewAnswers> {
  const template = said.template ?? (await chooseTemplate());
  const id = said.id ?? (await ask('Its id, which never changes', `${template}-…`, undefined, idProblem));
  const title =
    said.title ?? (await ask('What it does, as an order', '', await titleOf(template), titleProblem));
  return {
    template,
    id,
    title,
    owner: said.owner ?? (await ask('Who owns it, and decides', 'group:…', owner, ownerProblem)),
  };
}

async function chooseTemplate(): Promise<TemplateName> {
  const options = templates.map(({ name, does }) => ({ value: name, label: name, hint: does }));
  return answered(await select<TemplateName>({ message: 'Start from', options, output: stderr }));
}

async function ask(
  message: string,
  placeholder: string,
  initialValue: string | undefined,
  problem: (value: string) => string | null,
): Promise<string> {
  const asked = await text({
    message,
    placeholder,
    ...(initialValue !== undefined && { initialValue }),
    validate: (value) => problem(value ?? '') ?? undefined,
    output: stderr,
  });
  return answered(asked);
}

function answered<Value>(value: Value | typeof CANCEL_SYMBOL): Value {
  if (value === CANCEL_SYMBOL) throw new CliError(exitCodes.findings, 'Nothing was written.');
  return value;
}
