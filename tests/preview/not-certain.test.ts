import { describe, expect, it } from 'vitest';
import { contain, indented, isolate, type Looked, look, playbookText, read, steps } from './preview.ts';

/*
 * What a run may find otherwise than when all goes well: a failure or a no that the playbook lives with, an
 * order that chance decides. A dry run that takes the good way for granted here would say of a step that it
 * does not come, and it comes.
 */

const found = (outputs: object) => ({ is: 'found' as const, outputs: { ...outputs } });
const openRole = '${{ steps.asset.outputs.role }}';

function tell(id: string, when = 'true', text = 'x'): string {
  return `- id: ${id}
  if: ${JSON.stringify(when)}
  action: chat.post-message
  with: { channel: soc, text: ${JSON.stringify(text)} }
`;
}

const goOn = 'on_error: continue\n';

function handler(then: string, ...inside: string[]): string {
  return `on_error:\n  steps:\n${indented(inside.join(''), 4)}  then: ${then}\n`;
}

function expectOpen({ at }: Looked, path: string): void {
  expect(at(path)).toMatchObject({ reached: 'maybe', if: { outcome: 'open' } });
}

describe('a handler does not know', () => {
  it('what a wait that came to nothing has to say', () => {
    const wait = `- id: pause
  wait: { for: incident.updated, timeout: 1h, on_timeout: fail }
${indented(handler('continue', tell('page', 'steps.pause.outputs.?timed_out.orValue(false) == true')), 2)}`;
    expectOpen(look(playbookText(steps(wait))), 'run/page');
  });

  it('how often the step was tried, and who said yes to it', () => {
    const page = tell('page', 'steps.isolate.attempts > 0 || steps.isolate.approval.outcome == "denied"');
    expectOpen(look(playbookText(steps(contain + indented(handler('fail', page), 2)))), 'run/page');
  });

  it('how far a block came, and what it set', () => {
    const block = `- id: block
  if: inputs.host_id == "H1"
  then:
    - set: { done: "yes" }
${indented(read, 4)}${indented(
  handler(
    'continue',
    tell('one', 'steps.asset.status == "failed"'),
    tell('two', 'vars.done == "no"'),
    tell('three', 'steps.asset.status == "pending"'),
  ),
  2,
)}`;
    const looked = look(playbookText(steps(block), 'vars: { done: "no" }\n'));
    for (const path of ['run/one', 'run/two', 'run/three']) expectOpen(looked, path);
  });

  it('which of two failures it is', () => {
    const broken = read
      .replace('id: asset', 'id: broken')
      .replace('${{ inputs.host_id }}', '${{ inputs.list[7] }}');
    const block = `- id: block
  if: inputs.host_id == "H1"
  then:
${indented(read + broken, 4)}${indented(handler('fail', tell('page', 'failure.code == "run/expression-failed"')), 2)}`;
    expectOpen(look(playbookText(steps(block))), 'run/page');
  });

  it('that it is not needed when the block ends by a stop', () => {
    const block = `- id: block
  if: inputs.host_id == "H1"
  then:
${indented(read, 4)}    - stop: { outcome: succeeded, reason: Enough }
${indented(handler('fail', tell('page')), 2)}`;
    expect(look(playbookText(steps(block))).at('run/page').reached).toBe('maybe');
  });
});

describe('a failure that the playbook lives with', () => {
  it('leaves open how far a block came, what it set, and whether its stop came', () => {
    const block = `- id: block
  if: inputs.host_id == "H1"
  then:
${indented(read, 4)}    - set: { done: "yes" }
    - stop: { outcome: succeeded, reason: Enough }
${indented(goOn, 2)}`;
    const looked = look(
      playbookText(
        steps(block, tell('one', 'steps.asset.status == "failed"'), tell('two', 'vars.done == "no"')),
        'vars: { done: "no" }\n',
      ),
    );
    for (const path of ['run/one', 'run/two']) expectOpen(looked, path);
  });

  it.each([
    ['a value that may not be there', `- id: mark\n  set: { done: "${openRole}" }\n  ${goOn}`, 'mark'],
    [
      'a gate whose no counts as one',
      `- id: gate\n  approval: { ask: Go on, approvers: [group:soc] }\n  on_denied: fail\n  ${goOn}`,
      'gate',
    ],
    [
      'a playbook that is called and not waited for',
      `- id: aside\n  call: child\n  attach: false\n  ${goOn}`,
      'aside',
    ],
  ])('leaves open how it ended: %s', (_, step, id) => {
    const child = playbookText(isolate, '', 'child');
    const after = tell('tell', `steps.${id}.status != "succeeded"`);
    const looked = look(playbookText(steps(read, step, after), 'vars: { done: "no" }\n'), {
      beside: [child],
    });
    expectOpen(looked, 'run/tell');
  });

  it('of a set with one open value leaves all of them open', () => {
    const mark = `- set: { done: "yes", role: "${openRole}" }\n  ${goOn}`;
    const more = 'vars: { done: "no", role: none }\n';
    expectOpen(look(playbookText(steps(read, mark, tell('tell', 'vars.done == "no"')), more)), 'run/tell');
  });
});

describe('mode audit', () => {
  it('a guardrail of the installation may say no to what is only written down', () => {
    const after = tell('tell', 'steps.isolate.status == "denied"');
    const living = steps(`${contain}  on_denied: continue\n`, after);
    expectOpen(look(playbookText(living), { mode: 'audit' }), 'run/tell');
    const failing = steps(`${contain}  on_denied: fail\n${indented(handler('fail', tell('page')), 2)}`);
    expect(look(playbookText(failing), { mode: 'audit' }).at('run/page').reached).toBe('maybe');
  });

  it('a value that only the run knows may fail what is only written down', () => {
    const open = contain.replace('${{ inputs.host_id }}', '${{ steps.asset.outputs.name }}');
    const after = tell('tell', 'steps.isolate.status == "failed"');
    expectOpen(look(playbookText(steps(read, `${open}  ${goOn}`, after)), { mode: 'audit' }), 'run/tell');
  });
});

describe('facts that guards look at', () => {
  const guarded = `guards:
  - { id: no_servers, deny_if: 'guard.target.?role.orValue("") == "server"', applies_to: [contain], message: Not servers }
`;
  const server = { 'run/asset': found({ role: 'server', name: 'db-1', tags: [] }) };
  const verdict = (looked: Looked) => looked.at('run/isolate').guards.map((guard) => guard.verdict);

  it('are known from a read before', () => {
    expect(verdict(look(playbookText(steps(read, contain), guarded)))).toEqual(['open']);
    expect(verdict(look(playbookText(steps(read, contain), guarded), { reads: server }))).toEqual(['denies']);
  });

  it('may come from a branch beside, whichever is first', () => {
    const branches = `- id: both\n  parallel:\n    one:\n${indented(contain, 6)}    two:\n${indented(read, 6)}`;
    for (const reads of [{}, { 'run/asset': found({ role: 'workstation' }) }])
      expect(verdict(look(playbookText(steps(branches), guarded), { reads }))).toEqual(['open']);
  });

  it('are not certain after a block that the playbook lives without, nor in closing steps', () => {
    const block = `- id: block
  if: inputs.host_id == "H1"
  then:
${indented(read, 4)}  ${goOn}`;
    expect(verdict(look(playbookText(steps(block, contain), guarded), { reads: server }))).toEqual(['open']);
    const closing = `${guarded}on_failure:\n${steps(contain)}`;
    expect(verdict(look(playbookText(steps(read), closing), { reads: server }))).toEqual(['open']);
  });

  it('may be told anew by a second look', () => {
    const again = read.replace('id: asset', 'id: again');
    expect(verdict(look(playbookText(steps(read, again, contain), guarded), { reads: server }))).toEqual([
      'open',
    ]);
  });
});

describe('closing steps', () => {
  it('do not know what the failure made other closing steps set and do', () => {
    const more = `vars: { done: "no" }
on_failure:
${steps('- set: { done: "yes" }\n')}finally:
${steps(tell('last', 'vars.done == "yes"'))}`;
    expectOpen(look(playbookText(steps(read), more)), 'run/last');
  });

  it('of a called playbook are shown, and know as little', () => {
    const closing = (id: string) => steps(tell(id, 'steps.isolate.status == "failed"'));
    const child = playbookText(
      isolate,
      `on_failure:\n${closing('rescue')}finally:\n${closing('last')}`,
      'child',
    );
    const looked = look(playbookText(steps('- id: aside\n  call: child\n')), { beside: [child] });
    for (const path of ['run/aside/rescue', 'run/aside/last']) expectOpen(looked, path);
  });
});

it('a read that was found says nothing of how often it was tried', () => {
  const looked = look(playbookText(steps(read, tell('tell', 'steps.asset.attempts > 1'))), {
    reads: { 'run/asset': found({ role: 'server' }) },
  });
  expectOpen(looked, 'run/tell');
});

it('a read that failed says nothing of how often it was tried, and whose no it may have been', () => {
  const failure = { code: 'not-found', kind: 'terminal' as const, message: 'no such host' };
  const inside = [
    tell('one', 'steps.asset.attempts > 1'),
    tell('two', 'steps.asset.approval.outcome == "denied"'),
    tell('three', 'steps.asset.?denial.?by.orValue("") == "person"'),
  ];
  const looked = look(playbookText(steps(read + indented(handler('fail', ...inside), 2))), {
    reads: { 'run/asset': { is: 'failed', failure } },
  });
  for (const path of ['run/one', 'run/two', 'run/three']) expectOpen(looked, path);
});

it('a switch that takes none of its cases says so as the run does', () => {
  const choose = `- id: choose
  switch:
    - when: inputs.host_id == "H2"
      steps:
${indented(tell('first'), 8)}  default:
${indented(tell('none'), 4)}`;
  const { at } = look(playbookText(steps(choose, tell('tell', 'steps.choose.outputs.case == "default"'))));
  expect(at('run/tell')).toMatchObject({ reached: 'yes', if: { outcome: 'true' } });
});
