import type { Problem } from '../diagnostics/diagnostic.ts';
import type { SourceNode } from './source-node.ts';

/*
 * What is many times over every limit is not looked at any further: rules compare steps, names and paths with
 * each other, which takes the square of the time, and whoever may have a playbook checked must not be able to
 * hold up the process. 200 steps in full are about 4,000 values.
 */
const valuesMax = 10_000;
/** Steps of a block, variables, inputs, fields: a list of plain values may be longer. */
const partsMax = 1_000;

/** The first place that goes beyond, or null. Walks no further than there. */
export function outOfProportion(root: SourceNode): Problem | null {
  let values = 0;
  const visit = (node: SourceNode): Problem | null => {
    values += 1;
    if (values > valuesMax)
      return tooMuch(node, `the file has more than ${valuesMax.toLocaleString('en')} values`);
    if (node.kind === 'scalar') return null;
    const inner = node.kind === 'list' ? node.items : [...node.fields.values()].map(({ value }) => value);
    const parts = node.kind === 'list' ? inner.filter(({ kind }) => kind !== 'scalar').length : inner.length;
    if (parts > partsMax)
      return tooMuch(node, `${parts} parts in one place; at most ${partsMax.toLocaleString('en')} are read`);
    for (const each of inner) {
      const found = visit(each);
      if (found !== null) return found;
    }
    return null;
  };
  return visit(root);
}

function tooMuch({ at, path }: SourceNode, message: string): Problem {
  return { code: 'compile/over-limit', at, path, message, help: 'split it' };
}
