import { describe, expect, it } from 'vitest';
import { isolate, look, playbookText, readHost } from './preview.ts';

const found = (outputs: object) => ({ is: 'found' as const, outputs: { ...outputs } });
const server = { 'run/asset': found({ role: 'server', name: 'db-1', tags: [] }) };

function tell(id: string, text: string, more = ''): string {
  return `  - id: ${id}
    action: chat.post-message
    with: { channel: soc, text: ${JSON.stringify(text)} }
${more}`;
}

describe('what comes after what', () => {
  const stopIf = (when: string) => `  - id: perhaps
    if: ${when}
    then:
      - stop: { outcome: succeeded, reason: Enough }
`;

  it('a stop that certainly comes leaves nothing after it', () => {
    const { at } = look(playbookText(`${stopIf('inputs.host_id == "H1"')}${isolate}`));
    expect(at('run/isolate').reached).toBe('no');
  });

  it('a stop that may come makes what follows uncertain', () => {
    const steps = `${readHost}${stopIf('steps.asset.outputs.role == "server"')}${isolate}`;
    expect(look(playbookText(steps)).at('run/isolate').reached).toBe('maybe');
    expect(look(playbookText(steps), { reads: server }).at('run/isolate').reached).toBe('no');
    const other = { 'run/asset': found({ role: 'workstation' }) };
    expect(look(playbookText(steps), { reads: other }).at('run/isolate').reached).toBe('yes');
  });

  it('a step that comes only after a success knows of it; one that lives with a no does not', () => {
    const after = tell('tell', 'x', '    if: steps.isolate.status == "succeeded"\n');
    const { at } = look(playbookText(`${isolate}${after}`));
    expect(at('run/tell').if).toMatchObject({ outcome: 'true' });
    const living = look(playbookText(`${isolate}    on_denied: continue\n${after}`));
    expect(living.at('run/tell')).toMatchObject({ reached: 'maybe', if: { outcome: 'open' } });
  });

  it('what certainly fails is followed into its handler, and no further', () => {
    const steps = `  - id: broken
    action: inventory.get-host
    with: { host_id: "\${{ inputs.list[7] }}" }
    on_error:
      steps:
${tell('page', '${{ failure.code }}').replaceAll(/^/gm, '      ').trimEnd()}
      then: fail
${isolate}`;
    const { at, tree } = look(playbookText(steps));
    expect(at('run/broken').fails).toContain('list');
    expect(at('run/page')).toMatchObject({ reached: 'yes' });
    expect(at('run/page').action?.arguments.find(({ name }) => name === 'text')).toMatchObject({
      known: true,
      value: 'run/expression-failed',
    });
    expect(at('run/isolate').reached).toBe('no');
    expect(tree.mode).toBe('enforce');
  });

  it('a read that really failed fails the step', () => {
    const failure = { code: 'not-found', kind: 'terminal' as const, message: 'no such host' };
    const { at } = look(playbookText(`${readHost}${isolate}`), {
      reads: { 'run/asset': { is: 'failed', failure } },
    });
    expect(at('run/asset').fails).toBe('no such host');
    expect(at('run/isolate').reached).toBe('no');
  });

  const handler = `    on_error:
      steps:
${tell('page', 'x').replaceAll(/^/gm, '      ').trimEnd()}
      then: fail
`;

  it.each([
    [
      'the first of several ways, when all may fail',
      `  - id: race
    parallel:
      one:
${readHost.replaceAll(/^/gm, '      ').trimEnd()}
      two:
${readHost.replace('id: asset', 'id: other').replaceAll(/^/gm, '      ').trimEnd()}
    join: any
${handler}`,
    ],
    [
      'a gate whose no counts as a failure',
      `  - id: gate
    approval: { ask: Go on, approvers: [group:soc] }
    on_denied: fail
${handler}`,
    ],
    [
      'a condition that nobody knows',
      `${readHost}  - id: perhaps
    if: steps.asset.outputs.role == "server"
    approval: { ask: Go on, approvers: [group:soc] }
${handler}`,
    ],
  ])('shows what follows a failure of %s', (_, steps) => {
    expect(look(playbookText(steps)).at('run/page').reached).toBe('maybe');
  });

  it('closing steps know nothing of what may not have happened', () => {
    const more = `finally:\n${tell('last', 'x', '    if: steps.asset.status == "succeeded"\n')}`;
    const { tree } = look(playbookText(readHost, more), { reads: server });
    expect(tree.finally[0]).toMatchObject({ reached: 'maybe', if: { outcome: 'open' } });
  });
});

describe('choices', () => {
  const choose = `${readHost}  - id: choose
    switch:
      - when: inputs.host_id == "H2"
        steps:
${tell('first', 'x').replaceAll(/^/gm, '        ').trimEnd()}
      - when: steps.asset.outputs.role == "server"
        steps:
${tell('second', 'x').replaceAll(/^/gm, '        ').trimEnd()}
      - when: inputs.host_id == "H1"
        steps:
${tell('third', 'x').replaceAll(/^/gm, '        ').trimEnd()}
    default:
${tell('none', 'x').replaceAll(/^/gm, '    ').trimEnd()}
`;

  it('a switch excludes what is false, and leaves open what comes up to the first that is true', () => {
    const { tree } = look(playbookText(choose));
    const blocks = tree.steps[1]?.blocks.map(({ role, reached }) => [role, reached]);
    expect(blocks).toEqual([
      ['case', 'no'],
      ['case', 'maybe'],
      ['case', 'maybe'],
    ]);
  });

  it('with a known answer takes one', () => {
    const { at } = look(playbookText(choose), { reads: server });
    expect(at('run/second').reached).toBe('yes');
    for (const path of ['run/first', 'run/third', 'run/none']) expect(at(path).reached).toBe('no');
  });
});

describe('loops', () => {
  const each = (list: string) => `  - id: sweep
    foreach: ${list}
    as: host
    key: host
    max_items: 30
    approval: { ask: "All \${{ size(inputs.list) }}?", approvers: [group:soc] }
    steps:
      - id: isolate
        action: edr.isolate-host
        with: { host_id: "\${{ host }}", scope: full, comment: test }
        lease: 1h
`;

  it('show each known element with its own arguments, and one question for the frozen list', () => {
    const { at, tree } = look(playbookText(each('inputs.list')));
    expect(tree.steps[0]).toMatchObject({
      items: ['a', 'b'],
      ask: { asks: 'yes', list: ['a', 'b'], question: { value: 'All 2?' } },
    });
    expect(at('run/sweep[a]/isolate').action?.target?.id).toMatchObject({ known: true, value: 'a' });
    expect(at('run/sweep[b]/isolate').undo).toMatchObject({ arguments: [{ name: 'host_id', value: 'b' }] });
  });

  it('show an unknown list once, and say what it depends on', () => {
    const { at, tree } = look(playbookText(`${readHost}${each('steps.asset.outputs.users')}`));
    expect(tree.steps[1]).toMatchObject({
      items: null,
      ask: { list: null },
      notes: ['the list depends on steps.asset.outputs.users'],
    });
    expect(at('run/sweep[…]/isolate')).toMatchObject({
      reached: 'maybe',
      action: { target: { id: { known: false, value: '${{ host }}' } } },
    });
  });

  it('of a long list show the first elements, and the keys of all', () => {
    const list = Array.from({ length: 25 }, (_, index) => `h${index}`);
    const { tree } = look(playbookText(each('inputs.list')), { inputs: { list } });
    expect(tree.steps[0]?.blocks).toHaveLength(20);
    expect(tree.steps[0]?.items).toHaveLength(25);
    expect(tree.steps[0]?.notes).toContain('the first 20 are shown; 5 more are like them');
  });

  it('a list that is too long, or names one thing twice, fails', () => {
    const long = Array.from({ length: 31 }, (_, index) => `h${index}`);
    expect(
      look(playbookText(each('inputs.list')), { inputs: { list: long } }).at('run/sweep').fails,
    ).toContain('at most 30');
    expect(
      look(playbookText(each('inputs.list')), { inputs: { list: ['x', 'x'] } }).at('run/sweep').fails,
    ).toContain('"x"');
  });

  it('an empty list asks nobody', () => {
    const { at } = look(playbookText(each('inputs.list')), { inputs: { list: [] } });
    expect(at('run/sweep')).toMatchObject({ ask: null, notes: ['the list is empty'], blocks: [] });
  });

  it('of a repeat show the first round, and the later ones apart when the first was really read', () => {
    const steps = `  - id: poll
    repeat: { until: steps.asset.outputs.role == "server", max: 3, every: 1m }
    steps:
${readHost.replaceAll(/^/gm, '    ').trimEnd()}
`;
    const roles = (role: string) => ({ 'run/poll#1/asset': found({ role }) });
    const labels = (looked: ReturnType<typeof look>) =>
      looked.at('run/poll').blocks.map(({ label }) => label);
    expect(labels(look(playbookText(steps)))).toEqual(['first round']);
    const ended = look(playbookText(steps), { reads: roles('server') });
    expect(labels(ended)).toEqual(['first round']);
    expect(ended.at('run/poll').notes).toEqual(['ends after the first round']);
    const again = look(playbookText(steps), { reads: roles('workstation') });
    expect(labels(again)).toEqual(['first round', 'later rounds']);
    expect(again.at('run/poll#…/asset')).toMatchObject({ reached: 'maybe', action: { found: null } });
    expect(again.wanted).toEqual([]);
  });

  it('in mode ask one question stands for the effects of all elements', () => {
    const plain = each('inputs.list').replace(/ {4}approval.*\n/, '');
    const { at } = look(playbookText(plain), { mode: 'ask' });
    expect(at('run/sweep').ask).toMatchObject({ asks: 'yes', because: 'mode', list: ['a', 'b'] });
    expect(at('run/sweep[a]/isolate').ask).toBeNull();
  });
});

describe('asking', () => {
  it('a gate asks once for what it covers', () => {
    const gate = `  - id: gate
    approval: { ask: "Go on?", approvers: [group:soc], covers: [isolate] }
`;
    const { at } = look(
      playbookText(`${gate}${isolate}    approval: { ask: "Sure?", approvers: [group:soc] }\n`),
    );
    expect(at('run/gate').ask).toMatchObject({ asks: 'yes', covers: ['run/isolate'] });
    expect(at('run/isolate').ask).toMatchObject({ asks: 'covered' });
  });

  it('what a gate covers asks for itself when the gate asks nobody', () => {
    const gate = (when: string) => `  - id: gate
    approval: { when: '${when}', ask: "Go on?", approvers: [group:soc], covers: [isolate] }
`;
    const open = 'steps.asset.outputs.role == "server"';
    const own = `${isolate}    approval: { ask: "Sure?", approvers: [group:soc] }\n`;
    const note = 'asks nobody again when its gate was asked and granted';
    const written = look(playbookText(`${readHost}${gate(open)}${own}`));
    expect(written.at('run/isolate')).toMatchObject({
      ask: { asks: 'sometimes', because: 'playbook' },
      notes: [note],
    });
    const demanded = look(playbookText(`${readHost}${gate(open)}${isolate}`), { mode: 'ask' });
    expect(demanded.at('run/isolate')).toMatchObject({
      ask: { asks: 'sometimes', because: 'mode' },
      notes: [note],
    });
    const never = look(playbookText(`${gate('inputs.host_id == "H2"')}${own}`));
    expect(never.at('run/isolate')).toMatchObject({ ask: { asks: 'yes' }, notes: [] });
    const both = `${gate('true')}${gate(open).replace('id: gate', 'id: again')}`;
    const certain = look(playbookText(`${readHost}${both}${own}`));
    expect(certain.at('run/isolate').ask?.asks).toBe('covered');
  });

  it('a condition that is false asks nobody, one that fails asks', () => {
    const ask = (when: string) =>
      look(
        playbookText(`${isolate}    approval: { when: '${when}', ask: Sure, approvers: [group:soc] }\n`),
      ).at('run/isolate').ask?.asks;
    expect(ask('inputs.host_id == "H2"')).toBe('no');
    expect(ask('inputs.host_id == "H1"')).toBe('yes');
    expect(ask('inputs.list[9] == "x"')).toBe('yes');
  });

  it('mode audit only writes down, and goes on with the declared example', () => {
    const after = tell(
      'tell',
      '${{ steps.isolate.status }}',
      '    if: steps.isolate.status == "succeeded"\n',
    );
    const { at } = look(playbookText(`${isolate}${after}`), { mode: 'audit' });
    expect(at('run/isolate')).toMatchObject({ action: { simulated: true }, undo: null });
    expect(at('run/tell')).toMatchObject({ if: { outcome: 'true' }, action: { simulated: true } });
  });
});

describe('what is read', () => {
  it('only reads that certainly come, with everything known, are handed out', () => {
    expect(look(playbookText(`${readHost}${isolate}`)).wanted).toMatchObject([
      { path: 'run/asset', rendered: { action: 'inventory.get-host', arguments: { host_id: 'H1' } } },
    ]);
    const later = readHost
      .replace('id: asset', 'id: again')
      .replace('inputs.host_id', 'steps.asset.outputs.name');
    expect(look(playbookText(`${readHost}${later}`)).wanted.map(({ path }) => path)).toEqual(['run/asset']);
    expect(look(playbookText(`${readHost}${later}`), { reads: server }).wanted).toMatchObject([
      { path: 'run/again', rendered: { arguments: { host_id: 'db-1' } } },
    ]);
    const perhaps = `${readHost}    if: inputs.host_id == "H2"\n`;
    expect(look(playbookText(perhaps)).wanted).toEqual([]);
  });

  it('never anything that acts, and nothing in front of which somebody is asked', () => {
    const asked = `${readHost}    approval: { ask: May I look, approvers: [group:soc] }\n`;
    expect(look(playbookText(asked)).wanted).toEqual([]);
    expect(look(playbookText(isolate)).wanted).toEqual([]);
  });

  it('what the playbook calls secret is used and not shown', () => {
    const steps = `${readHost}    mask: [name]\n${tell('tell', 'It is ${{ steps.asset.outputs.name }}', '    if: steps.asset.outputs.name == "db-1"\n')}`;
    const { at, tree } = look(playbookText(steps), { reads: server });
    expect(at('run/asset').action?.found).toMatchObject({ name: '[masked]', role: 'server' });
    expect(at('run/tell').if).toMatchObject({ outcome: 'true' });
    expect(JSON.stringify(tree)).not.toContain('It is db-1');
  });
});

describe('taking back', () => {
  it('names the newest first, and only what certainly or perhaps was done', () => {
    const other = isolate.replace('id: isolate', 'id: second').replace('${{ inputs.host_id }}', 'H9');
    const undo = '  - id: back\n    undo: all\n    reason: Wrong\n';
    const { at } = look(playbookText(`${isolate}${other}    if: inputs.host_id == "H2"\n${undo}`));
    expect(at('run/back').takesBack.map(({ path }) => path)).toEqual(['run/isolate']);
    const both = look(playbookText(`${isolate}${other}${undo}`)).at('run/back').takesBack;
    expect(both.map(({ path }) => path)).toEqual(['run/second', 'run/isolate']);
  });

  it('of a repeat means what its rounds did', () => {
    const steps = `  - id: poll
    repeat: { until: steps.asset.outputs.role == "server", max: 3, every: 1m }
    steps:
${(readHost + isolate).replaceAll(/^/gm, '    ').trimEnd()}
  - id: back
    undo: [poll]
    reason: Wrong
`;
    expect(look(playbookText(steps)).at('run/back').takesBack).toMatchObject([
      { path: 'run/poll#1/isolate', reached: 'yes' },
    ]);
  });

  it('shows what a called playbook would do, with its inputs, and takes that back too', () => {
    const child = playbookText(isolate, '', 'child');
    const steps = `${readHost}  - id: contain
    call: child
    with: { host_id: "\${{ steps.asset.outputs.name }}" }
  - id: back
    undo: [contain]
    reason: Wrong
`;
    const open = look(playbookText(steps), { beside: [child] });
    expect(open.at('run/contain/isolate').action?.target?.id).toMatchObject({ known: false });
    const known = look(playbookText(steps), { beside: [child], reads: server });
    expect(known.at('run/contain/isolate').action?.target?.id).toMatchObject({ known: true, value: 'db-1' });
    expect(known.at('run/back').takesBack).toMatchObject([{ path: 'run/contain/isolate' }]);
  });
});

describe('variables', () => {
  it('are known until something unknown is put in, and again after something known', () => {
    const set = (value: string) => `  - set: { which: "${value}" }\n`;
    const text = (id: string) => tell(id, '${{ vars.which }}');
    const steps = `${readHost}${text('one')}${set('${{ steps.asset.outputs.role }}')}${text('two')}${set('c')}${text('three')}`;
    const { at } = look(playbookText(steps, 'vars: { which: a }\n'));
    const shown = (path: string) => at(path).action?.arguments.find(({ name }) => name === 'text');
    expect(shown('run/one')).toMatchObject({ known: true, value: 'a' });
    expect(shown('run/two')).toMatchObject({ known: false, dependsOn: ['vars.which'] });
    expect(shown('run/three')).toMatchObject({ known: true, value: 'c' });
  });

  it('what only a run has stays open: its id, its address, the time', () => {
    const { at } = look(playbookText(tell('tell', '${{ run.url }} by ${{ run.playbook }}')));
    expect(at('run/tell').action?.arguments.find(({ name }) => name === 'text')).toMatchObject({
      known: false,
      value: '${{ run.url }} by under-test',
      dependsOn: ['run.url'],
    });
  });
});
