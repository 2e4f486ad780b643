import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { madePurity } from './made/core-purity.ts';
import { madeCycles } from './made/cycles.ts';
import { madeEnvironment } from './made/environment.ts';
import { madeFloors } from './made/floors.ts';
import { madeSilencers, madeSwitchedOff } from './made/honesty.ts';
import { madeHomes } from './made/library-homes.ts';
import type { Made } from './made/made.ts';
import { madeBarrels, madeNames, madeTopLevel } from './made/names.ts';
import { makeTree, readTree, type Tree, type Violation } from './read-tree.ts';
import { checkCorePurity } from './rules/core-purity.ts';
import { checkCycles } from './rules/cycles.ts';
import { checkEnvironment } from './rules/environment.ts';
import { checkFloors } from './rules/floors.ts';
import { checkSilencers, checkSwitchedOff } from './rules/honesty.ts';
import { checkLibraryHomes } from './rules/library-homes.ts';
import { checkBarrels, checkEmptyNames, checkTopLevel } from './rules/names.ts';

/*
 * The shape of the tree, read from its own files. Each rule is first shown a small tree that breaks
 * it, and one that comes close and does not; then the repository.
 */

const rules: { [name: string]: { says: string; check(tree: Tree): Violation[]; made: Made } } = {
  floors: { says: 'imports point to lower floors only', check: checkFloors, made: madeFloors },
  cycles: { says: 'no file reaches itself through its imports', check: checkCycles, made: madeCycles },
  homes: { says: 'each library is imported in its one home', check: checkLibraryHomes, made: madeHomes },
  purity: {
    says: 'the core has no clock, no randomness and no I/O',
    check: checkCorePurity,
    made: madePurity,
  },
  environment: {
    says: 'the environment is read in one place',
    check: checkEnvironment,
    made: madeEnvironment,
  },
  topLevel: { says: 'the top level is the one that was drawn', check: checkTopLevel, made: madeTopLevel },
  names: { says: 'every file is named after what it knows', check: checkEmptyNames, made: madeNames },
  barrels: { says: 'nothing is handed on by a barrel', check: checkBarrels, made: madeBarrels },
  silencers: {
    says: 'nobody tells compiler or linter to look away',
    check: checkSilencers,
    made: madeSilencers,
  },
  switchedOff: {
    says: 'no test is switched off or runs alone',
    check: checkSwitchedOff,
    made: madeSwitchedOff,
  },
};

const root = resolve(import.meta.dirname, '../..');
const repository = readTree(root);

describe.each(Object.entries(rules))('%s', (_, { says, check, made }) => {
  it.each(made.broken)('reports $why', ({ files, at, message }) => {
    const found = check(makeTree(files));
    expect(found.map((each) => each.at)).toEqual(at);
    for (const each of found) expect(each.message).toContain(message);
  });

  it.each(made.fine)('accepts $why', ({ files }) => {
    const tree = makeTree(files);
    expect(tree.broken).toEqual([]);
    expect(check(tree)).toEqual([]);
  });

  it('has been seen to fail', () => {
    expect(made.broken.length).toBeGreaterThan(0);
  });

  it(`holds here: ${says}`, () => {
    expect(check(repository).map(({ at, message }) => `${at} ${message}`)).toEqual([]);
  });
});

describe('the repository', () => {
  it('is read whole: every file of code is understood', () => {
    expect(repository.broken).toEqual([]);
    const folders = new Set(repository.modules.map((module) => module.path.split('/')[0]));
    for (const folder of ['schemas', 'engine', 'actions', 'api', 'examples', 'tests']) {
      expect(folders).toContain(folder);
    }
  });

  it('reports a file that no parser understands', () => {
    expect(makeTree({ 'api/half.ts': 'export function (' }).broken.map((each) => each.at)).toEqual([
      'api/half.ts',
    ]);
  });
});
