import { describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { statesMax } from '../../engine/core/prove/explore.ts';
import { proveAll } from '../../engine/core/prove/prove-all.ts';
import { explorePlan, provePlan } from '../../engine/core/prove/prove-plan.ts';
import { tellPath } from '../../engine/core/prove/tell-path.ts';
import { compile, playbookWith } from '../compile/compile.ts';

/* How far a proof looks, that it says so when it stopped, and that what it shows is short. */

function compiled(steps: string, change: (text: string) => string = (text) => text) {
  const found = compile(change(playbookWith(steps)));
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  return found;
}

const tell = (id: string, more = '') =>
  `  - { id: ${id}, action: chat.post-message, with: { text: Hello }${more} }\n`;

const block = (id: string, more: string) =>
  `  - { id: ${id}, action: mail.block-sender, with: { sender: a }, approval: {}${more} }\n`;

/** What is said of every move that a run can make. */
function said(plan: Plan): Set<string> {
  const { explored } = explorePlan(plan, { bound: statesMax, everyStatus: false });
  return new Set(
    explored.states.flatMap(({ node, facts }) => node.moves(facts).map((next) => next.said ?? '')),
  );
}

describe('the bound', () => {
  // Each input is asked for twice, far apart: what the first answer was is remembered in between.
  const names = Array.from({ length: 16 }, (_, index) => `n${index}`);
  const asked = (round: string) =>
    names.map((name) => tell(`${round}_${name}`, `, if: 'inputs.${name} == "x"'`)).join('');
  const declared = (text: string) =>
    text.replace(
      'inputs:\n',
      `inputs:\n${names.map((name) => `  ${name}: { type: string, default: "" }\n`).join('')}`,
    );
  const wide = compiled(asked('first') + asked('again'), declared);

  it('is said when it was hit, with what that means', () => {
    const [last] = proveAll([wide]).filter(({ code }) => code === 'prove/bound-reached');
    expect(last).toMatchObject({ severity: 'warning', path: '/id', line: 2 });
    expect(last?.message).toBe(
      `only the ${statesMax} states that are reached first were looked at: what is not reported here is not proven`,
    );
  });

  it('is not said when every path was followed', () => {
    expect(proveAll([compiled(tell('a'))])).toEqual([]);
  });

  it('keeps steps that were not looked at from being called unreachable', () => {
    const plan = compiled(Array.from({ length: 20 }, (_, index) => tell(`a${index}`)).join('')).plan;
    expect(provePlan(plan, 10)).toMatchObject({ violations: [], bounded: true, states: 10 });
    expect(provePlan(plan)).toMatchObject({ violations: [], bounded: false });
  });

  it('does not hide a violation that comes before it', () => {
    const act = block('block', ', retry: { max_attempts: 2 }');
    const { plan } = compiled(act + asked('first') + asked('again'), declared);
    const { violations, bounded } = provePlan(plan, 40);
    expect([violations.map(({ code }) => code), bounded]).toEqual([['prove/doubled-effect'], true]);
  });
});

describe('loops are followed as zero, one and many', () => {
  const loops = (items: number, rounds: number) =>
    compiled(`  - id: each
    foreach: "[inputs.host_id]"
    as: host
    max_items: ${items}
    steps:
      - { id: look, action: inventory.get-host, with: { host_id: "\${{ host }}" } }
  - id: again
    repeat: { until: inputs.note == "x", max: ${rounds} }
    steps:
      - { id: check, action: inventory.get-host, with: { host_id: H1 } }
`).plan;
  const another = '`until` is false: inputs.note == "x"; another round';

  it('a list may be empty, have one element or more, a repeat one round or more', () => {
    const heard = said(loops(20, 5));
    const words = ['the list is empty', 'the first item', 'another item', 'that was the last item'];
    for (const word of [...words, 'the first round', another]) expect(heard).toContain(word);
  });

  it('a repeat of one round has no other', () => {
    expect(said(loops(20, 1))).not.toContain(another);
  });

  it('the second turn stands for all further ones: five thousand items cost no more than two', () => {
    expect(provePlan(loops(5_000, 100)).states).toBe(provePlan(loops(2, 2)).states);
  });
});

describe('what is shown', () => {
  it('names each event that was needed, with the line it stands in', () => {
    const inner = [tell('a'), tell('b'), block('act', ', retry: { max_attempts: 2 }')];
    const steps = `  - id: way
    if: inputs.note == "long"
    then:
${inner.join('').replaceAll('  - ', '      - ')}`;
    expect(shown(steps)).toEqual([
      '1. line 14, way: `if` is true: inputs.note == "long"',
      '2. line 17, a: chat.post-message succeeds',
      '3. line 18, b: chat.post-message succeeds',
    ]);
  });

  it('is the shortest of several ways', () => {
    const inner = [tell('a'), tell('b')].join('').replaceAll('  - ', '      - ');
    const steps = `  - id: way
    if: inputs.note == "long"
    then:
${inner}${block('act', ', retry: { max_attempts: 2 }')}`;
    expect(shown(steps)).toEqual(['1. line 14, way: `if` is false: inputs.note == "long"']);
  });

  function shown(steps: string): string[] {
    const { plan, positions } = compiled(steps);
    const [violation] = provePlan(plan).violations;
    if (violation === undefined || violation.state === null) throw new Error('nothing is shown');
    return tellPath(violation.state, positions);
  }
});
