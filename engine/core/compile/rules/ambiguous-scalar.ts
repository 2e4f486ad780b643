import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { Rule } from '../context.ts';
import type { SourceNode } from '../source-node.ts';

/** Unquoted values that other YAML readers, and many people, take for something else. */
export const ambiguousScalar: Rule = ({ source }) => {
  const problems: Problem[] = [];
  visit(source.root, source.text, problems);
  return problems;
};

function visit(node: SourceNode, text: string, problems: Problem[]): void {
  switch (node.kind) {
    case 'map':
      for (const { value } of node.fields.values()) visit(value, text, problems);
      break;
    case 'list':
      for (const item of node.items) visit(item, text, problems);
      break;
    case 'scalar': {
      const written = text.slice(node.at.start, node.at.end);
      const meaning = node.style === 'plain' ? meaningOf(written, node.value) : null;
      if (meaning) {
        problems.push({
          code: 'compile/ambiguous-scalar',
          at: node.at,
          path: node.path,
          message: `${written} is read as ${meaning}`,
          help: `write "${written}" if it is text, or the plain value if it is not`,
          // Whichever was meant: this is what it is read as now, without the doubt.
          fix: {
            title: `write ${plain(written, node.value)}`,
            edits: [{ at: node.at, text: plain(written, node.value) }],
          },
        });
      }
    }
  }
}

function plain(written: string, value: unknown): string {
  return typeof value === 'number' ? String(value) : `"${written}"`;
}

function meaningOf(written: string, value: unknown): string | null {
  if (/^(yes|no|on|off)$/i.test(written)) return 'text, not as true or false';
  if (typeof value !== 'number') return null;
  if (/^[-+]?0[0-9]/.test(written)) return `the number ${value}`;
  if (/^[-+]?[0-9]+(\.[0-9]*)?e[-+]?[0-9]+$/i.test(written)) return `the number ${value}`;
  return null;
}
