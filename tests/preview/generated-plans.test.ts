import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compare } from './compare-generated.ts';

/** 40 playbooks with 4 runs each are some ten seconds; a failure names playbook and run. */
const playbooks = 40;

it('nothing happens in a generated playbook that was not shown', () => {
  let effects = 0;
  let questions = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7fff_ffff }), (number) => {
      for (let drive = 0; drive < 4; drive += 1) {
        const compared = compare(number, drive);
        effects += compared.effects;
        questions += compared.questions;
      }
    }),
    { numRuns: playbooks },
  );
  expect(effects).toBeGreaterThan(playbooks);
  expect(questions).toBeGreaterThan(0);
});
