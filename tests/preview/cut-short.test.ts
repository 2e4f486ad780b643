import { describe, expect, it } from 'vitest';
import { contain, indented, look, playbookText, read, steps } from './preview.ts';

/*
 * What keeps a step from coming although nothing before it goes wrong: a branch beside it, an element of the
 * same loop, a loop that cannot end well. Such a step is never said to be certain.
 */

function tell(id: string, text = 'x', when = 'true'): string {
  return `- id: ${id}
  if: ${JSON.stringify(when)}
  action: chat.post-message
  with: { channel: soc, text: ${JSON.stringify(text)} }
`;
}

const broken = tell('broken', '${{ inputs.list[7] }}');

/** The compiler knows as well what comes after a stop without a condition. */
function stopWhen(when: string): string {
  return `- if: ${when}\n  then:\n    - stop: { outcome: succeeded, reason: Enough }\n`;
}

const denyHost = `guards:
  - { id: never, deny_if: 'guard.target.id in ["H1", "a", "b"]', applies_to: [contain], message: Never }
`;

describe('a branch beside', () => {
  const both = (one: string, two: string, join = 'all') => `- id: both
  parallel:
    one:
${indented(one, 6)}    two:
${indented(two, 6)}  join: ${join}
`;

  it.each([
    ['fails', broken, ''],
    ['is denied', contain, denyHost],
    ['stops the run', stopWhen('inputs.host_id == "H1"'), ''],
  ])('that certainly %s may end the others before they come far', (_, ending, more) => {
    for (const branches of [
      both(ending, tell('first') + tell('second')),
      both(tell('first') + tell('second'), ending),
    ]) {
      const looked = look(playbookText(steps(branches, tell('after')), more));
      expect(looked.at('run/second').reached).toBe('maybe');
      expect(looked.at('run/after').reached).toBe('no');
    }
  });

  it('that fails ends nobody where all are waited for, or the first is', () => {
    for (const join of ['settle', 'any'])
      expect(look(playbookText(steps(both(broken, tell('first'), join)))).at('run/first').reached).toBe(
        'yes',
      );
  });

  it('that ends makes what is taken back uncertain, and is no reason to read', () => {
    const back = '- id: back\n  undo: all\n  reason: Wrong\n';
    const looked = look(playbookText(steps(both(read + contain + back, broken))));
    expect(looked.at('run/back').takesBack).toMatchObject([{ path: 'run/isolate', reached: 'maybe' }]);
    expect(looked.wanted).toEqual([]);
  });

  it('leaves what it does itself certain', () => {
    const looked = look(playbookText(steps(both(read + broken, tell('first')))));
    expect(looked.at('run/asset').reached).toBe('yes');
    expect(looked.wanted).toMatchObject([{ path: 'run/asset' }]);
  });
});

describe('a repeat whose until is never true', () => {
  const poll = (until: string, more = '', max = 2) => `- id: poll
  repeat: { until: '${until}', max: ${max}, every: 30s }
  steps:
${indented(read, 4)}${indented(more, 2)}`;
  const asset = (role: string) => ({
    'run/poll#1/asset': { is: 'found' as const, outputs: { role, name: 'db-1', tags: [] } },
  });
  const after = tell('after');

  it('fails after its last round', () => {
    const looked = look(playbookText(steps(poll('inputs.host_id == "zz"'), after)));
    expect(looked.at('run/poll#1/asset').reached).toBe('yes');
    expect(looked.at('run/poll').fails).toBe('"until" is still false after 2 rounds');
    expect(looked.at('run/after').reached).toBe('no');
  });

  it('fails as well when the first round was really read', () => {
    const looked = look(playbookText(steps(poll('inputs.host_id == "zz"'), after)), {
      reads: asset('server'),
    });
    expect(looked.at('run/after').reached).toBe('no');
  });

  it('is followed into its handler', () => {
    const handler = `on_error:\n  steps:\n${indented(tell('page'), 4)}  then: continue\n`;
    const looked = look(playbookText(steps(poll('inputs.host_id == "zz"', handler), after)));
    expect(looked.at('run/page').reached).toBe('yes');
    expect(looked.at('run/after').reached).toBe('yes');
  });

  it('fails after the first round when it cannot be asked', () => {
    const looked = look(playbookText(steps(poll('inputs.list[7] == "x"'), after)));
    expect(looked.at('run/poll').fails).toContain('until: ');
    expect(looked.at('run/after').reached).toBe('no');
  });

  it('may be true later when only the first round was read, unless there is no later one', () => {
    const until = 'steps.asset.outputs.role == "server"';
    const reached = (max: number) =>
      look(playbookText(steps(poll(until, '', max), after)), { reads: asset('workstation') }).at('run/after')
        .reached;
    expect([reached(2), reached(1)]).toEqual(['yes', 'no']);
  });
});

describe('a loop', () => {
  const each = (inside: string, more = '') => `- id: each
  foreach: inputs.list
  as: item
  key: item
  max_items: 5000
${indented(more, 2)}  steps:
${indented(inside, 4)}`;
  const items = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);
  const goOn = 'on_item_error: continue\n';
  const isolateItem = contain.replace('inputs.host_id', 'item');
  /** Fails for this element. */
  const brokenFor = (item: string) => tell('one', `\${{ item == "${item}" ? inputs.list[99] : "x" }}`);
  const after = tell('after');

  it.each([
    ['fails', broken, '', 'no element succeeds; "a": '],
    ['is denied', isolateItem, denyHost, 'no element succeeds; "a": Never'],
    ['cannot be collected', tell('one'), '', 'no element succeeds; "a": collect: '],
  ])('of which every element %s fails', (what, inside, more, message) => {
    const collect = what === 'cannot be collected' ? 'collect: ${{ inputs.list[99] }}\n' : '';
    const looked = look(playbookText(steps(each(inside, goOn + collect), after), more));
    expect(looked.at('run/each').fails).toContain(message);
    expect(looked.at('run/after').reached).toBe('no');
  });

  it('of which one element succeeds goes on', () => {
    const looked = look(playbookText(steps(each(brokenFor('a'), goOn), after)));
    expect(looked.at('run/each')).toMatchObject({ fails: null });
    expect(looked.at('run/after').reached).toBe('yes');
  });

  it('that a person may say no to is not certain to fail when the playbook lives with a no', () => {
    const asked = 'approval: { ask: All of them?, approvers: [group:soc] }\non_denied: continue\n';
    expect(look(playbookText(steps(each(broken, goOn + asked), after))).at('run/after').reached).toBe(
      'maybe',
    );
  });

  it('of an unknown list goes on only if the list is empty, when what is inside fails', () => {
    const unknown = each(broken, goOn).replace('inputs.list', 'steps.asset.outputs.users');
    expect(look(playbookText(steps(read, unknown, after))).at('run/after').reached).toBe('maybe');
  });

  it('that ends with the first failure leaves uncertain what is behind it', () => {
    const looked = look(playbookText(steps(each(brokenFor('b'), 'on_item_error: stop\n'), after)), {
      inputs: { list: ['a', 'b', 'c'] },
    });
    const reached = ['a', 'b', 'c'].map((key) => looked.at(`run/each[${key}]/one`).reached);
    expect(reached).toEqual(['yes', 'yes', 'maybe']);
    expect(looked.at('run/after').reached).toBe('maybe');
    // Only failures end it: a loop of which every element is denied is over well.
    const denied = look(playbookText(steps(each(isolateItem, 'on_item_error: stop\n'), after), denyHost));
    expect(denied.at('run/after').reached).toBe('yes');
  });

  it('of which an element stops the run leaves uncertain what is behind it, or under way beside it', () => {
    const inside = tell('one') + stopWhen('item == "b"') + tell('two');
    const reached = (more: string, keys: string[]) => {
      const looked = look(playbookText(steps(each(inside, more), after)), { inputs: { list: keys } });
      return [...keys.map((key) => `run/each[${key}]/one`), 'run/after'].map(
        (path) => looked.at(path).reached,
      );
    };
    expect(reached('', ['a', 'b', 'c'])).toEqual(['yes', 'yes', 'maybe', 'maybe']);
    expect(reached('max_parallel: 2\n', ['a', 'b', 'c'])).toEqual(['maybe', 'yes', 'maybe', 'maybe']);
  });

  it('inside of another one stops what is under way beside both', () => {
    const inner = each(stopWhen('item == "b"')).replace('id: each', 'id: inner').replace('5000', '20');
    const outer = (more: string) =>
      each(inner, more)
        .replace('id: each', 'id: outer')
        .replace('5000', '20')
        .replace('as: item\n  key: item', 'as: one\n  key: one');
    const looked = (more: string) =>
      look(
        playbookText(steps(outer(more).replace('steps:', `steps:\n${indented(tell('first'), 4)}`), after)),
      );
    const reached = (more: string) =>
      ['run/outer[a]/first', 'run/outer[b]/first', 'run/after'].map((path) => looked(more).at(path).reached);
    expect(reached('max_parallel: 2\n')).toEqual(['maybe', 'maybe', 'maybe']);
    expect(reached('')).toEqual(['yes', 'maybe', 'maybe']);
  });

  it('in a branch stops the other branches', () => {
    const beside = `- id: both
  parallel:
    one:
${indented(each(stopWhen('item == "b"')), 6)}    two:
${indented(tell('first'), 6)}`;
    for (const join of ['all', 'settle'])
      expect(look(playbookText(steps(`${beside}  join: ${join}\n`))).at('run/first').reached).toBe('maybe');
  });

  it('looks at elements that it does not show', () => {
    const inside = tell('one') + stopWhen('item == "x24"');
    const looked = look(playbookText(steps(each(inside), after)), { inputs: { list: items(25) } });
    expect(looked.at('run/after').reached).toBe('maybe');
  });

  it('shows those that go another way than the first', () => {
    const inside = tell('one') + tell('other', 'x', 'item == "x24" || item == "x27"');
    const looked = look(playbookText(steps(each(inside), after)), { inputs: { list: items(30) } });
    expect(looked.at('run/each').blocks).toHaveLength(21);
    expect(looked.at('run/each[x24]/other').reached).toBe('yes');
    expect(looked.at('run/each').notes).toEqual([
      '30 in the list',
      'the first 20 are shown; 1 of the others, which goes another way, is shown as well; 9 more are like one of these',
    ]);
    expect(looked.at('run/after').reached).toBe('yes');
  });

  it('reads live for no element that is not among the first', () => {
    const inside = `${read.replace('inputs.host_id', 'item')}${tell('other', 'x', 'item == "x24"')}`;
    const { wanted } = look(playbookText(steps(each(inside))), { inputs: { list: items(30) } });
    expect(wanted).toHaveLength(20);
  });

  it('too long to look at leaves uncertain what comes after it, and stays short', () => {
    const inside = ['one', 'two', 'three', 'four', 'five'].map((id) => tell(id)).join('');
    const looked = look(playbookText(steps(each(inside), after)), { inputs: { list: items(5_000) } });
    expect(looked.at('run/each').blocks).toHaveLength(20);
    expect(looked.at('run/each').notes.at(-1)).toMatch(/^the first 20 are shown; .* were not looked at$/);
    expect(looked.at('run/after').reached).toBe('maybe');
  });

  it('takes back what was shown', () => {
    const back = '- id: back\n  undo: all\n  reason: Wrong\n';
    const looked = look(playbookText(steps(each(isolateItem), back)), { inputs: { list: items(30) } });
    expect(looked.at('run/back').takesBack).toHaveLength(20);
  });
});
