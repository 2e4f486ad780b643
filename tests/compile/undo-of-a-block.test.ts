import { expect, it } from 'vitest';
import { compile, playbookWith, remarks } from './compile.ts';

/* What `undo` of a block takes back (language reference 6): all that was done in it, handlers included. */

const isolate = `{ id: isolate, action: edr.isolate-host, with: { host_id: "\${{ inputs.host_id }}" } }`;
const disable = `{ id: disable, action: directory.disable-user, with: { user_id: U1 } }`;
const tell = `{ id: tell, action: chat.post-message, with: { text: Look }, on_error: { steps: [${disable}], then: continue } }`;

const undone = (steps: string) => {
  const compiled = compile(playbookWith(steps));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan.steps.flatMap((step) => (step.kind === 'undo' ? [step.steps] : []));
};

it('a block stands for the steps in it, and for what their on_error did', () => {
  const block = `  - id: both
    parallel: { one: [${isolate}], two: [${tell}] }
  - { id: back, undo: [both], reason: No need }
`;
  expect(undone(block)).toEqual([['run/isolate', 'run/tell', 'run/disable']]);
});

it('a step stands for what its own on_error did as well', () => {
  const steps = `  - ${tell}
  - { id: back, undo: [tell], reason: No need }
`;
  expect(undone(steps)).toEqual([['run/tell', 'run/disable']]);
});

it('a handler that only tells people adds nothing to take back', () => {
  const steps = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}" }
    on_error: { steps: [{ id: tell, action: chat.post-message, with: { text: Look } }], then: continue }
  - { id: back, undo: [isolate], reason: No need }
`;
  expect(undone(steps)).toEqual([['run/isolate']]);
  const nothing = steps.replace(
    'edr.isolate-host\n    with: { host_id: "${{ inputs.host_id }}" }',
    'chat.post-message\n    with: { text: Hello }',
  );
  expect(remarks(playbookWith(nothing))).toEqual([expect.stringContaining('compile/undo-of-nothing')]);
});
