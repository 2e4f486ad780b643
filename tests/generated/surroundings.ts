import type { Chance } from '../decide/chance.ts';

/* What an expression can name at a place of a generated playbook, and conditions made of that. */

export interface Known {
  id: string;
  kind: string;
  /** Action key, or empty. */
  action: string;
  /** It has certainly succeeded here (rule S5). */
  certain: boolean;
  /** It may leave something to take back. */
  record: boolean;
}

export interface Surroundings {
  known: readonly Known[];
  loops: readonly { as: string; of: 'host' | 'mail' }[];
  /** Inside `on_error` or `on_failure`. */
  failure: boolean;
}

export interface Place extends Surroundings {
  depth: number;
  loopDepth: number;
  top: 'main' | 'on_failure' | 'finally';
  /** Only looks and notices: a branch that may lose a race, or `finally`. */
  harmless: boolean;
  maySet: boolean;
}

/** Chooses, and gives names that nobody else has. */
export interface Pen {
  chance: Chance;
  name(word: string): string;
}

const statuses = ['succeeded', 'failed', 'failed', 'denied', 'denied', 'skipped', 'cancelled', 'pending'];

/** A boolean expression of which nobody knows what it comes to. */
export function condition(chance: Chance, around: Surroundings, depth = 0): string {
  if (depth < 2 && chance.in(4)) {
    const [one, other] = [condition(chance, around, depth + 1), condition(chance, around, depth + 1)];
    return chance.of(`(${one}) && (${other})`, `(${one}) || (${other})`, `!(${one})`);
  }
  // The newest step is the one that a path still remembers best.
  const newest = around.known.at(-1);
  const known = newest === undefined ? null : chance.in(2) ? newest : chance.of(...around.known);
  const loop = around.loops.length > 0 ? chance.of(...around.loops) : null;
  const choices = [
    'inputs.flag',
    'inputs.word == "b"',
    'inputs.word in ["a", "c"]',
    'size(inputs.hosts) > 1',
    'vars.loud',
    // Fails on a short list.
    ...(chance.in(6) ? ['inputs.hosts[2] == "H2"'] : []),
    ...(known === null ? [] : stepConditions(chance, known)),
    ...(known === null ? [] : stepConditions(chance, known)),
    ...(loop === null
      ? []
      : [loop.of === 'host' ? `${loop.as} == "H1"` : `${loop.as}.mailbox == "m1@example.test"`, 'index > 0']),
    ...(around.failure ? ['failure.kind == "terminal"'] : []),
  ];
  return chance.of(...choices);
}

function stepConditions(chance: Chance, known: Known): string[] {
  const { id, action, certain, kind } = known;
  const status = `steps.${id}.status`;
  const found = [
    `${status} == "${chance.of(...statuses)}"`,
    `${status} != "${chance.of(...statuses)}"`,
    `${status} in ["failed", "denied"]`,
  ];
  if (kind === 'foreach') found.push(`steps.${id}.?summary.?failed.orValue(0) > 0`);
  const output = outputTest(action);
  if (output !== null) {
    const { field, test } = output;
    found.push(`has(steps.${id}.outputs.${field}) && ${test(`steps.${id}.outputs.${field}`)}`);
    found.push(`${status} == "succeeded" && ${test(`steps.${id}.outputs.${field}`)}`);
    found.push(`${status} != "succeeded" || ${test(`steps.${id}.outputs.${field}`)}`);
    if (certain) found.push(...Array<string>(4).fill(test(`steps.${id}.outputs.${field}`)));
  }
  return found;
}

function outputTest(action: string): { field: string; test: (text: string) => string } | null {
  switch (action) {
    case 'inventory.get-host':
      return { field: 'role', test: (text) => `${text} == "server"` };
    case 'directory.get-user':
      return { field: 'is_privileged', test: (text) => text };
    case 'mail.search-messages':
      return { field: 'messages', test: (text) => `size(${text}) > 1` };
    default:
      return null;
  }
}

/** What is certain where the condition of a block holds, or where it does not. */
export function knowing(known: readonly Known[], succeeded: string): Known[] {
  return known.map((each) => (each.id === succeeded ? { ...each, certain: true } : each));
}

/** What is left of it elsewhere: nothing is certain. */
export function doubted(known: readonly Known[]): Known[] {
  return known.map((each) => ({ ...each, certain: false }));
}
