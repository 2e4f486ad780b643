import { describe, expect, it } from 'vitest';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { compile, playbookWith, remarks } from './compile.ts';
import { testRegistry } from './manifests.ts';

/* Language reference 9.10 S1, S7 and 9.14: which names share a body, and what a call binds. */

const tell = (id: string) => `{ id: ${id}, action: chat.post-message, with: { text: Hello } }`;
const codes = (steps: string) => remarks(playbookWith(steps)).map((remark) => remark.split(' ')[1]);

describe('step ids', () => {
  it.each([
    ['if', `{ id: x, if: inputs.note == "", then: [${tell('it')}], else: [${tell('it')}] }`],
    [
      'switch',
      `{ id: x, switch: [{ when: inputs.note == "", steps: [${tell('it')}] }], default: [${tell('it')}] }`,
    ],
    ['parallel', `{ id: x, parallel: { one: [${tell('it')}], two: [${tell('it')}] } }`],
  ])('are unique over the blocks of an %s: they are one body', (_kind, block) => {
    expect(codes(`  - ${block}\n`)).toEqual(['compile/duplicate-id']);
  });

  it('are free in each loop body of its own, but may hide none outside', () => {
    const loop = (id: string, inner: string) =>
      `  - id: ${id}
    repeat: { until: index_of == 1, max: 2 }
    steps: [${tell(inner)}]
`.replace('index_of == 1', 'inputs.note == ""');
    expect(codes(loop('one', 'it') + loop('two', 'it'))).toEqual([]);
    expect(codes(`  - ${tell('it')}\n${loop('one', 'it')}`)).toEqual(['compile/shadowed-name']);
  });
});

describe('call', () => {
  const child = (text: string) =>
    compilePlaybook(
      `kind: playbook/v1
id: child
title: A called playbook
description: Made for one test.
status: stable
author: Blue Team
triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs: { note: { type: string, default: "" } }
steps:
  - id: say
    action: chat.post-message
    with: { text: "${text}" }
`,
      { file: 'child.yaml', registry: testRegistry },
    );

  const parent = playbookWith('  - { id: rules, call: child }\n');

  function compiledWith(text: string) {
    const called = child(text);
    if (!called.ok) throw new Error(JSON.stringify(called.diagnostics));
    const options = { file: 'parent.yaml', registry: testRegistry, playbooks: new Map([['child', called]]) };
    const compiled = compilePlaybook(parent, options);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
    return { child: called.digest, pinned: compiled.plan.children.child?.digest, parent: compiled.digest };
  }

  it('pins the digest of the child, so that another child makes another parent', () => {
    const [one, other] = [compiledWith('Hello'), compiledWith('Goodbye')];
    expect([one.pinned, other.pinned]).toEqual([one.child, other.child]);
    expect(other.child).not.toBe(one.child);
    expect(other.parent).not.toBe(one.parent);
    expect(compiledWith('Hello')).toEqual(one);
  });

  it('gives the child its inputs and nothing else to name', () => {
    for (const name of ['vars.loud', 'steps.asset.status', 'inputs.host_id']) {
      const called = child(`\${{ ${name} }}`);
      expect(called.diagnostics.map(({ code }) => code)).toEqual([
        name.startsWith('steps') ? 'compile/unknown-step' : 'compile/unknown-name',
      ]);
    }
    expect(compile(parent).ok).toBe(false);
  });
});
