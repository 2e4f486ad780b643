import { describe, expect, it } from 'vitest';
import { changesOf, gate, indent, isolate, tell } from './small-playbook.ts';

const steps = (...each: string[]) => `steps:\n${indent(2, ...each)}`;

function when(condition: string, ...then: string[]): string {
  return `- if: ${condition}\n  then:\n${indent(4, ...then)}`;
}

function parallel(a: string[], b: string[], more = ''): string {
  return `- id: both\n${more}  parallel:\n    a:\n${indent(6, ...a)}    b:\n${indent(6, ...b)}`;
}

const stop = '- stop: { outcome: succeeded, reason: Enough }\n';
const workstation = 'inputs.word == "workstation"';
const server = 'inputs.word == "server"';

describe('parallel branches', () => {
  const note = tell('note');

  it('what acts is bolder when it moves beside the branch whose gate it waited for', () => {
    expect(
      changesOf(steps(parallel([gate], [note]), isolate), steps(parallel([gate], [note, isolate]))),
    ).toEqual([
      'bolder moved isolate: moved into both:b',
      'bolder gate-passed isolate: runs without waiting for gate',
    ]);
  });

  it('what acts waits for the gate of a branch when it moves behind the join', () => {
    const found = changesOf(
      steps(parallel([gate], [note, isolate])),
      steps(parallel([gate], [note]), isolate),
    );
    expect(found).toEqual([
      'bolder moved isolate: moved out of both:b',
      'careful gate-before isolate: waits for gate',
    ]);
  });

  it('a join that may come before the gate lets what follows pass it', () => {
    const joined = (join: string) => steps(parallel([gate], [note], `  join: ${join}\n`), isolate);
    expect(changesOf(joined('settle'), joined('any'))).toContain(
      'bolder gate-passed isolate: runs without waiting for gate',
    );
  });

  it('a condition of the block lets what follows pass the gate inside', () => {
    const found = changesOf(
      steps(parallel([gate], [note]), isolate),
      steps(parallel([gate], [note], `  if: ${server}\n`), isolate),
    );
    expect(found).toContain('bolder gate-passed isolate: runs without waiting for gate');
  });

  it('a gate around which nothing changes is passed as before', () => {
    const before = steps(parallel([gate], [note]), isolate);
    expect(changesOf(before, steps(parallel([gate], [note, tell('more')]), isolate))).toEqual([
      'neutral effect-added more: chat.post-message (notify) is new',
    ]);
  });
});

describe('a gate', () => {
  it('that moves into the block of what waits for it is passed by nobody', () => {
    const before = steps(gate, when(workstation, tell('one'), isolate));
    const after = steps(when(workstation, tell('one'), gate, isolate));
    expect(changesOf(before, after)).toEqual([`neutral moved gate: moved into if ${workstation}:then`]);
  });

  it('that moves into a condition is passed by what stays outside', () => {
    expect(
      changesOf(
        steps(when(workstation, tell('one')), gate, isolate),
        steps(when(workstation, tell('one'), gate), isolate),
      ),
    ).toContain('bolder gate-passed isolate: runs without waiting for gate');
  });
});

describe('blocks without an id', () => {
  it('what acts is bolder when it moves from one to another', () => {
    expect(
      changesOf(
        steps(when(workstation, tell('one'), isolate), when(server, tell('two'))),
        steps(when(workstation, tell('one')), when(server, isolate, tell('two'))),
      ),
    ).toEqual([`bolder moved isolate: moved into if ${server}:then, out of if ${workstation}:then`]);
  });

  it('a new block in front renames none of those behind it', () => {
    const before = [when(workstation, isolate), when(server, tell('two'))];
    const after = [
      when('inputs.host_id == ""', tell('none')),
      when(workstation, isolate, tell('one')),
      before[1] ?? '',
    ];
    expect(changesOf(steps(...before), steps(...after)).filter((each) => !/-added/.test(each))).toEqual([]);
  });

  it('a block that moves speaks for what is in it', () => {
    const inner = when(workstation, isolate, tell('one'));
    expect(
      changesOf(steps(when(server, tell('two')), inner), steps(when(server, tell('two'), inner))),
    ).toEqual([`careful moved if: moved into if ${server}:then`]);
  });
});

describe('the lists of a playbook', () => {
  it('what acts is bolder when it moves to where failed runs go', () => {
    const failed = `on_failure:\n${indent(2, isolate)}`;
    expect(changesOf(steps(tell('one'), isolate), `${steps(tell('one'))}${failed}`)).toEqual([
      'bolder moved isolate: moved into on_failure, out of steps',
    ]);
  });
});

describe('what holds a run back', () => {
  it('is bolder when it moves into a block that may be passed by', () => {
    const held = steps(when('inputs.host_id == ""', tell('one')), when(workstation, stop), isolate);
    const passed = steps(when('inputs.host_id == ""', tell('one'), when(workstation, stop)), isolate);
    expect(changesOf(held, passed)).toEqual(['bolder moved if: moved into if inputs.host_id == "":then']);
    expect(changesOf(passed, held)).toEqual(['careful moved if: moved out of if inputs.host_id == "":then']);
  });

  it('is bolder when what acts goes before it into a block', () => {
    const found = changesOf(
      steps(tell('one'), when(workstation, stop), isolate),
      steps(tell('one'), `- if: ${server}\n  then:\n${indent(4, isolate)}`, when(workstation, stop)),
    );
    expect(found).toContain(`bolder moved isolate: moved into if ${server}:then`);
  });

  it('is bolder when it goes into a block behind what acts', () => {
    const vars = 'vars: { host: H1 }\n';
    const set = '- set: { host: H2 }\n';
    const acts = isolate.replace('inputs.host_id', 'vars.host');
    const found = changesOf(
      `${vars}${steps(set, when(workstation, acts, tell('one')))}`,
      `${vars}${steps(when(workstation, acts, tell('one'), set))}`,
    );
    expect(found).toContain('bolder order-changed isolate: comes before set now');
  });
});

it('what acts is bolder when it moves to where a failure is handled', () => {
  const handling = (...handler: string[]) =>
    `${tell('one')}  on_error:\n    steps:\n${indent(6, tell('two'), ...handler)}    then: fail\n`;
  expect(changesOf(steps(handling(), isolate), steps(handling(isolate)))).toEqual([
    'bolder moved isolate: moved into one:on_error',
  ]);
});

it('a step that acts and stops in its handler is bolder out of its condition', () => {
  const handled = `${isolate}  on_error:\n    steps:\n${indent(6, stop)}    then: fail\n`;
  expect(
    changesOf(steps(when(workstation, tell('one'), handled)), steps(when(workstation, tell('one')), handled)),
  ).toEqual([`bolder moved isolate: moved out of if ${workstation}:then`]);
});
