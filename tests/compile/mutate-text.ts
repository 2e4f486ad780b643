import { createHash } from 'node:crypto';

/* Ways in which a playbook's text goes wrong: by a slip of the hand, by a bad merge, or on purpose. */

export type Choose = (below: number) => number;

/** The same seed gives the same choices, so that a failure can be looked at again. */
export function seededChoices(seed: string): Choose {
  let count = 0;
  return (below) => {
    const digest = createHash('sha256').update(`${seed} ${count++}`).digest();
    return digest.readUInt32BE(0) % Math.max(1, below);
  };
}

type Mutation = (text: string, choose: Choose) => string;

const mutations: { [kind: string]: Mutation } = {
  'a line is dropped': (text, choose) => onLines(text, choose, () => []),
  'a line is written twice': (text, choose) => onLines(text, choose, (line) => [line, line]),
  'two lines change places': (text, choose) => {
    const lines = text.split('\n');
    const [a, b] = [choose(lines.length), choose(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
    return lines.join('\n');
  },
  'a key is renamed': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/[a-z_]+:/, 'nonsense:')]),
  'a letter is lost': (text, choose) => {
    const at = choose(text.length);
    return text.slice(0, at) + text.slice(at + 1);
  },
  'a letter is another one': (text, choose) => {
    const at = choose(text.length);
    return text.slice(0, at) + String.fromCharCode(32 + choose(95)) + text.slice(at + 1);
  },
  'a value points elsewhere': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/steps\.\w+/, 'steps.nobody').replace(/: .+$/, ': 17')]),
  'it is cut off': (text, choose) => text.slice(0, choose(text.length)),
  'a line is indented further': (text, choose) => onLines(text, choose, (line) => [`   ${line}`]),
  'a block is nested very deep': (text, choose) =>
    onLines(text, choose, (line) => [line, `x-deep: ${'['.repeat(5_000)}${']'.repeat(5_000)}`]),
  'a step is nested very deep': (text) =>
    `${text}\n${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth * 2)}x-deep:`).join('\n')}`,
  'a scalar is huge': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/: .*$/, `: ${'a'.repeat(200_000)}`)]),
  'an expression is huge': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/: .*$/, `: \${{ ${'1 + '.repeat(20_000)}1 }}`)]),
  'aliases explode': (text) =>
    `${text}\nx-a: &a [x, x]\n${Array.from({ length: 40 }, (_, at) => `x-${at}: &a${at} [*a${at === 0 ? '' : at - 1}, *a${at === 0 ? '' : at - 1}, *a${at === 0 ? '' : at - 1}]`).join('\n')}`,
  'there is a NUL': (text, choose) => insert(text, choose, '\u0000'),
  'there is a byte order mark': (text, choose) => insert(text, choose, '\ufeff'),
  'there is half a surrogate': (text, choose) => insert(text, choose, '\ud83d'),
  'a letter looks like another': (text, choose) => {
    const lookAlikes: { [letter: string]: string } = { a: 'а', e: 'е', o: 'о', i: 'і', c: 'с', s: 'ѕ' };
    const places = [...text.matchAll(/[aeoics]/g)].map((match) => match.index);
    const at = places[choose(places.length)] ?? 0;
    return text.slice(0, at) + (lookAlikes[text[at] ?? ''] ?? 'а') + text.slice(at + 1);
  },
  'text runs backwards': (text, choose) => insert(text, choose, '\u202e'),
  'a key is __proto__': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/[a-z_]+:/, '__proto__:')]),
  'a key is constructor': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/[a-z_]+:/, 'constructor:')]),
  'a tag is put in front': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/: (?=\S)/, ': !!js/function ')]),
  'a merge key comes in': (text, choose) =>
    onLines(text, choose, (line) => [line, `${indentOf(line)}<<: *none`]),
  'a number is endless': (text, choose) =>
    onLines(text, choose, (line) => [line.replace(/: .*$/, ': 1e999999')]),
  'tabs instead of blanks': (text, choose) => onLines(text, choose, (line) => [line.replace(/^ +/, '\t')]),
};

export const mutationKinds = Object.keys(mutations);

export function mutate(text: string, kind: string, choose: Choose): string {
  const mutation = mutations[kind];
  if (mutation === undefined) throw new Error(`there is no mutation "${kind}"`);
  return mutation(text, choose);
}

function onLines(text: string, choose: Choose, change: (line: string) => string[]): string {
  const lines = text.split('\n');
  const at = choose(lines.length);
  lines.splice(at, 1, ...change(lines[at] ?? ''));
  return lines.join('\n');
}

function insert(text: string, choose: Choose, what: string): string {
  const at = choose(text.length);
  return text.slice(0, at) + what + text.slice(at);
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}
