import type { PlanTree, TreeBlock, TreeStep } from './plan-tree.ts';

/*
 * The tree in the language of Graphviz, for tools that lay out by themselves: a node per step, a frame
 * around each block, arrows for what follows what. Every text is escaped.
 */
export function drawDot(tree: PlanTree, states: { readonly [path: string]: string } = {}): string {
  const lines = [
    `digraph ${quoted(tree.playbook.id)} {`,
    `  label=${quoted(`${tree.playbook.title} (${tree.playbook.version})`)};`,
    '  node [shape=box, fontname="sans-serif"];',
    '  edge [fontname="sans-serif"];',
    `  start [shape=oval, label=${quoted(tree.starts.join(', '))}];`,
    '  end [shape=oval, label="end"];',
  ];

  // Named inside a frame, an arrow's ends would move into it: arrows come last.
  const arrows: string[] = [];

  /** Draws a sequence behind `from`; returns what the next step follows. */
  function sequence(steps: readonly TreeStep[], from: readonly Arrow[], indent: string): Arrow[] {
    let ends = [...from];
    for (const step of steps) {
      const name = quoted(step.path);
      lines.push(`${indent}${name} [${attributesOf(step, states[step.path])}];`);
      for (const arrow of ends) arrows.push(`  ${arrow.from} -> ${name}${labelOf(arrow)};`);
      const inner = step.blocks.flatMap((block) => framed(step, block, name, indent));
      ends = step.kind === 'stop' ? [] : passesBy(step) ? [{ from: name, label: '' }, ...inner] : inner;
    }
    return ends;
  }

  function framed(step: TreeStep, block: TreeBlock, name: string, indent: string): Arrow[] {
    lines.push(
      `${indent}subgraph ${quoted(`cluster ${step.path} ${block.role} ${block.label}`)} {`,
      `${indent}  label=${quoted(block.label)}; style=${block.role === 'on_error' ? 'dashed' : 'solid'};`,
    );
    const ends = sequence(block.steps, [{ from: name, label: block.label }], `${indent}  `);
    lines.push(`${indent}}`);
    return ends;
  }

  for (const arrow of sequence(tree.steps, [{ from: 'start', label: '' }], '  ')) {
    arrows.push(`  ${arrow.from} -> end${labelOf(arrow)};`);
  }
  for (const [title, steps] of [
    ['on failure', tree.onFailure],
    ['finally', tree.finally],
  ] as const) {
    if (steps.length === 0) continue;
    lines.push(`  ${quoted(title)} [shape=oval];`);
    sequence(steps, [{ from: quoted(title), label: '' }], '  ');
  }
  return `${[...lines, ...arrows, '}'].join('\n')}\n`;
}

interface Arrow {
  from: string;
  label: string;
}

function labelOf({ label }: Arrow): string {
  return label === '' ? '' : ` [label=${quoted(label)}]`;
}

/** Whether the run may go from the step to the next one without entering a block. */
function passesBy(step: TreeStep): boolean {
  const main = step.blocks.filter((block) => block.role !== 'on_error');
  const covered = main.some((block) => block.role === 'else' || block.role === 'default');
  if (step.kind === 'if' || step.kind === 'switch') return !covered;
  return main.every((block) => block.steps.length === 0);
}

const shapes: Partial<Record<TreeStep['kind'], string>> = {
  if: 'diamond',
  switch: 'diamond',
  approval: 'hexagon',
  stop: 'oval',
};

const colours = { contain: '#c2410c', eradicate: '#b91c1c' } as const;

const fills: { readonly [state: string]: string } = {
  active: '#bfdbfe',
  succeeded: '#bbf7d0',
  failed: '#fecaca',
  denied: '#fed7aa',
  cancelled: '#e5e7eb',
  skipped: '#f3f4f6',
};

function attributesOf(step: TreeStep, state: string | undefined): string {
  const asks = step.asks === 'never' ? [] : [step.asks === 'always' ? 'asks first' : 'may ask first'];
  const condition = step.if === null ? [] : [`if ${step.if}`];
  const label = [step.name, step.does, ...condition, ...asks, ...(state === undefined ? [] : [state])];
  const colour = step.class === 'contain' || step.class === 'eradicate' ? colours[step.class] : null;
  const fill = state === undefined ? undefined : fills[state];
  return [
    `shape=${shapes[step.kind] ?? 'box'}`,
    `label=${quoted(label.join('\n'))}`,
    ...(colour === null ? [] : [`color="${colour}"`, 'penwidth=2']),
    ...(fill === undefined ? [] : ['style=filled', `fillcolor="${fill}"`]),
  ].join(', ');
}

const textMax = 400;

/** A quoted text of DOT: only the quote and the backslash mean something in it, and `\n` is a new line. */
function quoted(text: string): string {
  const cut = text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
  const plain = cut.replaceAll(/(?!\n)\p{Cc}/gu, ' ');
  return `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
