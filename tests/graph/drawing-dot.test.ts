import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawDot } from '../../engine/core/graph/draw-dot.ts';
import { planTree } from '../../engine/core/graph/plan-tree.ts';
import { everyStep } from '../../engine/core/run/list-steps.ts';
import { compile, lookUp, playbookWith } from '../compile/compile.ts';

function planFrom(text: string) {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan;
}

/** DOT without its quoted texts: what is left is syntax, and none of it may come from a playbook. */
function syntaxOf(dot: string): string {
  return dot.replaceAll(/"(?:\\.|[^"\\])*"/g, 'T');
}

const everyKind = planFrom(
  await readFile(join(import.meta.dirname, '../compile/ok/every-kind.yaml'), 'utf8'),
);

describe('DOT', () => {
  it('has a node for every step, and arrows outside of all frames', () => {
    const dot = drawDot(planTree(everyKind));
    for (const { path } of everyStep(everyKind)) expect(dot).toContain(`"${path}" [shape=`);
    const lines = dot.split('\n');
    const firstArrow = lines.findIndex((line) => line.includes(' -> '));
    expect(lines.slice(0, firstArrow).join('\n').match(/[{}]/g)?.length).toBeGreaterThan(2);
    expect(
      lines.slice(firstArrow).every((line) => line === '' || line === '}' || line.includes(' -> ')),
    ).toBe(true);
  });

  it.each(['"] ; evil [label="x', 'a \\" b', 'a \\', '} digraph { x', '<b>x</b>', 'a\nb'])(
    'takes no syntax from the text %j',
    (name) => {
      const plain = drawDot(planTree(planFrom(playbookWith(`${lookUp}    name: Plain\n`))));
      const hostile = drawDot(
        planTree(planFrom(playbookWith(`${lookUp}    name: ${JSON.stringify(name)}\n`))),
      );
      expect(syntaxOf(hostile)).toBe(syntaxOf(plain));
    },
  );

  it('shows the states of a run', () => {
    const states = { [everyKind.steps[0]?.path ?? '']: 'failed' };
    expect(drawDot(planTree(everyKind), states)).toMatch(/\\nfailed", .*style=filled, fillcolor="#fecaca"/);
  });
});
