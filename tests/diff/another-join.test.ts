import { expect, it } from 'vitest';
import { changesOf, indent, isolate, tell } from './small-playbook.ts';

/* What a failed branch does to the others, and to what comes after them, is up to the join. */

const stop = '- { id: enough, if: inputs.word == "b", stop: { outcome: failed, reason: Enough } }\n';

const joined = (join: string, other: string) => `steps:
  - id: beside
    parallel:
      one:
${indent(8, tell('one'))}      two:
${indent(8, other)}    join: ${join}
${indent(2, tell('after'))}`;

const branches = { acts: isolate, tells: tell('two'), stops: stop, both: isolate + stop };

it.each([
  // The others go on after a failure, and may act.
  ['all', 'settle', 'acts', 'bolder', 'careful'],
  ['all', 'settle', 'tells', 'neutral', 'neutral'],
  // What holds back comes more often where it is not cut.
  ['all', 'settle', 'stops', 'careful', 'bolder'],
  ['all', 'settle', 'both', 'bolder', 'bolder'],
  // The run goes on although a branch failed; the other way round, a success ends nobody any more.
  ['all', 'any', 'stops', 'bolder', 'bolder'],
  ['settle', 'any', 'tells', 'bolder', 'careful'],
] as const)(
  'join %s → %s where a branch %s is %s, and %s the other way round',
  (before, after, does, there, back) => {
    const risk = (one: string, two: string) =>
      changesOf(joined(one, branches[does]), joined(two, branches[does])).map((each) =>
        each.split(' ', 2).join(' '),
      );
    expect(risk(before, after)).toEqual([`${there} join-changed`]);
    expect(risk(after, before)).toEqual([`${back} join-changed`]);
  },
);
