import type { PlanTree, TreeStep } from './plan-tree.ts';

/** The tree as a Mermaid flowchart, for README files and reviews. Every text is escaped. */
export function drawMermaid(tree: PlanTree, states: { readonly [path: string]: string } = {}): string {
  const lines: string[] = ['flowchart TD'];
  const names = new Map<string, string>();
  const node = (path: string): string => {
    const known = names.get(path) ?? `n${names.size}`;
    names.set(path, known);
    return known;
  };

  /** Draws a sequence behind `from`; the ends are what the next step follows. */
  function sequence(steps: readonly TreeStep[], from: readonly string[], label: string): string[] {
    let ends = [...from];
    let said = label;
    for (const step of steps) {
      const name = node(step.path);
      lines.push(`  ${name}${shapeOf(step)}`);
      for (const end of ends) lines.push(`  ${end} -->${said === '' ? '' : `|"${entities(said)}"|`} ${name}`);
      said = '';
      const main = step.blocks.filter((block) => block.role !== 'on_error');
      const inner = main.flatMap((block) => sequence(block.steps, [name], block.label));
      for (const block of step.blocks.filter((each) => each.role === 'on_error')) {
        for (const end of sequence(block.steps, [name], block.label)) inner.push(end);
      }
      const passes = main.length === 0 || (step.kind === 'if' && main.length === 1) || inner.length === 0;
      ends = step.kind === 'stop' ? [] : passes ? [name, ...inner] : inner;
    }
    return ends;
  }

  const start = node('start');
  lines.push(`  ${start}(["${entities(tree.starts.join(', '))}"])`);
  const ends = sequence(tree.steps, [start], '');
  const end = node('end');
  lines.push(`  ${end}(["end"])`);
  for (const each of ends) lines.push(`  ${each} --> ${end}`);
  for (const [title, steps] of [
    ['on failure', tree.onFailure],
    ['finally', tree.finally],
  ] as const) {
    if (steps.length === 0) continue;
    const first = node(title);
    lines.push(`  ${first}(["${title}"])`);
    sequence(steps, [first], '');
  }
  lines.push(
    '  classDef contain stroke:#c2410c,stroke-width:2px',
    '  classDef eradicate stroke:#b91c1c,stroke-width:3px',
  );
  lines.push('  classDef failed stroke-dasharray:4 3', '  classDef active stroke-width:4px');
  for (const [path, name] of names) {
    const kind = classOf(tree, path);
    if (kind === 'contain' || kind === 'eradicate') lines.push(`  class ${name} ${kind}`);
    const state = states[path];
    if (state === 'failed' || state === 'active') lines.push(`  class ${name} ${state}`);
  }
  return `${lines.join('\n')}\n`;
}

function shapeOf(step: TreeStep): string {
  const asks = step.asks === 'never' ? '' : step.asks === 'always' ? ' ✋' : ' ✋?';
  const condition = step.if === null ? '' : `<br/>if ${entities(step.if)}`;
  const text = `"${entities(step.name)}<br/>${entities(step.does)}${asks}${condition}"`;
  switch (step.kind) {
    case 'if':
    case 'switch':
      return `{${text}}`;
    case 'approval':
      return `{{${text}}}`;
    case 'wait':
      return `(${text})`;
    case 'stop':
      return `([${text}])`;
    case 'foreach':
    case 'repeat':
    case 'parallel':
    case 'call':
      return `[[${text}]]`;
    default:
      return `[${text}]`;
  }
}

function classOf(tree: PlanTree, path: string): string | null {
  const find = (steps: readonly TreeStep[]): string | null => {
    for (const step of steps) {
      if (step.path === path) return step.class;
      for (const block of step.blocks) {
        const found = find(block.steps);
        if (found !== null) return found;
      }
    }
    return null;
  };
  return find(tree.steps) ?? find(tree.onFailure) ?? find(tree.finally);
}

/** Entities of Mermaid: nothing of a playbook's text is syntax there. */
function entities(text: string): string {
  return Array.from(text.length > 80 ? `${text.slice(0, 79)}…` : text, (sign) =>
    /[\p{L}\p{N} .,:_\-…]/u.test(sign) ? sign : `#${sign.codePointAt(0)};`,
  ).join('');
}
