import { describe, expect, test } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { type AllItMayDo, allItMayDo } from '../../engine/core/preview/may-do.ts';
import { compile, lookUp, playbookWith } from '../compile/compile.ts';

/* What a playbook may do, and who is asked before: read off its plan, whatever a run finds. */

function planOf(text: string): Plan {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan;
}

const isolate = (id: string, more = '', indent = '  ') =>
  `${indent}- id: ${id}
${indent}  action: edr.isolate-host
${indent}  with: { host_id: "\${{ inputs.host_id }}", comment: x }
${indent}  lease: { for: 1d }
${more === '' ? '' : `${indent}  ${more}\n`}`;

const asks = ({ does }: AllItMayDo) =>
  Object.fromEntries(
    does.map(({ playbook, step, asks }) => [[playbook?.id, step.id].filter(Boolean).join('/'), asks]),
  );

const soc = '{ approvers: ["group:soc"] }';

describe('who is asked', () => {
  test.each([
    ['nobody', '', isolate('it'), 'never'],
    ['the step itself', '', isolate('it', `approval: ${soc}`), 'always'],
    [
      'only sometimes',
      '',
      isolate('it', 'approval: { when: "inputs.note != \'\'", approvers: ["group:soc"] }'),
      'sometimes',
    ],
    ['the mode', 'mode: ask', isolate('it'), 'mode'],
    [
      'a list around it',
      '',
      `  - id: loop
    foreach: "\${{ [inputs.host_id] }}"
    as: each
    key: "\${{ each }}"
    max_items: 5
    approval: ${soc}
    steps:
${isolate('it', '', '      ')}`,
      'always',
    ],
    [
      'a gate before it',
      '',
      `  - id: gate\n    approval: { covers: [it], approvers: ["group:soc"] }\n${isolate('it')}`,
      'always',
    ],
  ])('%s', (_, head, steps, expected) => {
    const all = allItMayDo(planOf(playbookWith(lookUp + steps, head)), new Map());
    expect(asks(all)).toEqual({ asset: 'never', it: expected });
    expect(all.takesBack.map(({ key }) => key)).toEqual(['edr.release-host']);
  });
});

describe('what is called', () => {
  const step = (id: string, approval: object | null) => {
    const [, own] = planOf(playbookWith(lookUp + isolate(id))).steps;
    return { ...own, approval };
  };
  const call = (playbook: string, approval: object | null) => ({
    ...{
      kind: 'call',
      id: `call-${playbook}`,
      path: `run/call-${playbook}-${approval === null}`,
      playbook,
      approval,
    },
    onError: { steps: [], then: 'fail' },
  });
  const calls = (steps: object[], ...ids: string[]) =>
    ({
      ...planOf(playbookWith(lookUp)),
      steps,
      children: Object.fromEntries(ids.map((id) => [id, { digest: id, title: id }])),
    }) as unknown as Plan;
  const asked = { when: null };

  test('is told once, as on the way on which least is asked, and as asked before it was called', () => {
    const inner = calls([step('it', null)]);
    const called = new Map([
      ['outer', calls([call('inner', null)], 'inner')],
      ['inner', inner],
    ]);
    const gated = calls([call('outer', asked)], 'outer');
    expect(asks(allItMayDo(gated, called))).toEqual({ 'inner/it': 'always' });
    const both = calls([call('inner', asked), call('outer', null)], 'inner', 'outer');
    expect(asks(allItMayDo(both, called))).toEqual({ 'inner/it': 'never' });
  });

  test('is named where its plan is not at hand', () => {
    expect(allItMayDo(calls([call('gone', null)], 'gone'), new Map())).toMatchObject({
      does: [],
      unread: ['gone'],
    });
  });
});
