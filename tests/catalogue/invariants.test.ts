import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { holdsTest, switchedOff } from './find-test.ts';

/*
 * The thirteen invariants of the architecture, each with the tests that fail when it is broken. A
 * test that is renamed or removed takes its line here with it, knowingly.
 */

const defended: { [invariant: string]: [file: string, test: string][] } = {
  '1 Journal before effect': [
    [
      'corridor/journal.test.ts',
      'every attempt names the entry of its intent, and every effect at the vendor has an attempt',
    ],
    [
      'corridor/journal.test.ts',
      'while entries cannot be written nothing is sent and nothing is accepted; then it goes on',
    ],
    [
      'decide/action-step.test.ts',
      'is attempted only after its intent is written, and ends the run when it succeeded',
    ],
  ],
  '2 PostgreSQL is the truth, the queue is a courier': [
    ['fault/emptied-queue.test.ts', 'loses no job'],
    ['match/start-runs.test.ts', 'between accepting and matching loses nothing: the sweep finds the alert'],
    [
      'match/start-runs.test.ts',
      'between the end of a run and the beginning of the next in its group loses nothing: the sweep begins it',
    ],
  ],
  '3 Effect once': [
    ['fault/two-engines.test.ts', 'do every effect once'],
    ['fault/delivered-twice.test.ts', 'changes nothing for two workers who get it'],
    [
      'store/effect-once.test.ts',
      'is claimed by one of two workers that claim different attempts of it at the same time',
    ],
  ],
  '4 Unknown is a result': [
    [
      'corridor/vendor-trouble.test.ts',
      'an effect whose answer was lost (%s) is found by asking, and never sent twice',
    ],
    ['decide/action-step.test.ts', 'asks the target after an unknown outcome and does not send again'],
  ],
  '5 A run is pinned': [
    [
      'corridor/pinned.test.ts',
      'a run keeps the version it began with; runs after the publishing use the new one',
    ],
    ['store/stored-words.test.ts', 'keep published versions of playbooks from being deleted'],
  ],
  '6 What was approved is what happens': [
    [
      'corridor/approvals.test.ts',
      'an argument that changed after the asking is asked again, and the old yes does nothing',
    ],
    [
      'corridor/approvals.test.ts',
      'an argument that changes each time is asked four times and then fails, never sent',
    ],
    ['approval/judge-approval.test.ts', 'is what is decided: another digest changes nothing'],
    ['approval/action-plan.test.ts', 'the digest of the reference plan is the reference digest'],
  ],
  '7 Guardrails sit under everything': [
    ['corridor/restraint.test.ts', 'a domain controller is denied by its guard before anybody is asked'],
    ['corridor/restraint.test.ts', 'a yes that was given before the stop does not get past it'],
    ['corridor/restraint.test.ts', 'mode audit reads, and writes nothing anywhere'],
    ['decide/action-step.test.ts', 'is denied when its guard cannot be evaluated'],
  ],
  '8 Alert content is data': [
    ['match/match-event.test.ts', 'alert text in an expression is data, whatever it says'],
    ['intake/accept-alert.test.ts', 'is only that: every other character is stored and read back as it was'],
    ['actions/path.test.ts', 'never lets a value leave its segment, whatever it is'],
    ['console/html.test.ts', 'whatever is put into a template is text, never markup'],
  ],
  '9 Secrets stay in the worker': [
    [
      'corridor/secrets.test.ts',
      'no table and no log line holds a secret or a token, also when a vendor fails',
    ],
    ['http/send-http.test.ts', 'a message names the host and never the path, which may be a secret'],
  ],
  '10 Every door writes': [
    ['corridor/approvals.test.ts', 'whoever started the run by hand does not decide about it'],
    ['intake/accept-alert.test.ts', 'a refused alert leaves nothing but its entry'],
    ['api/identity.test.ts', 'a new person gets a link that works once, and everything leaves an entry'],
  ],
  '11 Audit can be proved by strangers': [
    ['audit/verify-audit.test.ts', 'an untouched log is in order'],
    ['audit/verify-audit.test.ts', 'one deleted in the middle'],
    ['audit/entry.test.ts', 'give the leaf of the reference vectors, and these the reference root'],
    [
      'console/verify-here.test.ts',
      'by keeping the tail to itself is seen by whoever was here before, and by nobody else',
    ],
  ],
  '12 Silence is no': [
    [
      'corridor/approvals.test.ts',
      'silence is no: a question that nobody answers denies, and nothing was sent',
    ],
    ['approval/judge-approval.test.ts', 'is over at the instant of the deadline, for yes and for no'],
    ['api/rights.test.ts', 'nobody may anything without a role, or with one that does not exist'],
    ['decide/action-step.test.ts', 'records an event that nothing waits for and changes nothing'],
  ],
  '13 Waiting costs nothing': [
    ['corridor/journal.test.ts', 'a run that waits for a person is rows: no attempt, no job, no lease'],
  ],
};

it('all thirteen are here, in their order', () => {
  const numbers = Object.keys(defended).map((name) => Number.parseInt(name, 10));
  expect(numbers).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
});

describe.each(Object.entries(defended))('%s', (_invariant, tests) => {
  it.each(tests)('is defended in %s: %s', (file, name) => {
    expect(holdsTest(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), name)).toBe(true);
  });
});

it('a test that is not there, or is switched off, is noticed', () => {
  const source = `it('is there', () => {}); it.each([1])('is there %s', f); it.skip('is off', f); // 'is a word'`;
  expect(
    ['is there', 'is there %s', 'is', 'is off', 'is a word'].map((name) => holdsTest(source, name)),
  ).toEqual([true, true, false, false, false]);
  expect([source, source.replace('.skip', '')].map(switchedOff)).toEqual([true, false]);
});
