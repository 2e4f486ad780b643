import { describe, expect, it } from 'vitest';
import { isolate, look, playbookText, readHost } from './preview.ts';

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

function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
}

/** Steps at the top of a playbook. */
function steps(...texts: string[]): string {
  return texts.map((text) => indented(text, 2)).join('');
}

const read = readHost.replaceAll(/^ {2}/gm, '');
const contain = isolate.replaceAll(/^ {2}/gm, '');
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
