import { expect, it } from 'vitest';
import { changesOf, indent, isolate, tell } from './small-playbook.ts';

const asked = (onDenied: string, onError: string) => `steps:
${indent(2, `${isolate}  approval: { ask: Go on?, approvers: [group:soc] }\n`)}    on_denied: ${onDenied}
    on_error: ${onError}
${indent(2, tell('one'))}`;

const again = `{ steps: [{ id: again, action: edr.isolate-host, with: { host_id: "\${{ inputs.host_id }}", scope: full, comment: x }, lease: 2h }], then: fail }`;

it.each([
  // A no that counts as a failure goes the way of failures.
  ['stop', 'fail', 'continue', 'bolder', 'careful'],
  ['stop', 'fail', 'fail', 'neutral', 'neutral'],
  ['stop', 'fail', 'undo', 'careful', 'bolder'],
  ['fail', 'continue', 'continue', 'neutral', 'neutral'],
  ['fail', 'continue', 'fail', 'bolder', 'careful'],
  // What handles the failure acts by itself.
  ['stop', 'fail', again, 'bolder', 'neutral'],
])(
  'on_denied %s → %s with on_error %s is %s, and %s the other way round',
  (before, after, onError, there, back) => {
    const risks = (one: string, other: string) =>
      changesOf(asked(one, onError), asked(other, onError)).map((each) => each.split(' ', 2).join(' '));
    expect(risks(before, after)).toEqual([`${there} on-denied`]);
    expect(risks(after, before)).toEqual([`${back} on-denied`]);
  },
);

it('says what becomes of a no that counts as a failure', () => {
  expect(changesOf(asked('stop', 'continue'), asked('fail', 'continue'))).toEqual([
    'bolder on-denied isolate: after a no: fail, then continue instead of stop',
  ]);
});
