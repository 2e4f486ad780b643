import { describeType } from '../../expression/value-type.ts';
import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

/** T3: null, lists, maps and bytes have no text form, so they cannot stand inside a text. */
export const joinedValue: Rule = ({ expressions, source }) =>
  expressions.flatMap((site) => {
    const { type } = site.result;
    if (!site.joined || !withoutText.has(type.t)) return [];
    return [
      {
        code: 'compile/expression-type',
        at: expressionSpan(site, { start: 0, end: site.expr.length }, source.text),
        path: site.scalar.path,
        message: `a ${describeType(type)} cannot stand inside a text`,
        help: type.t === 'list' ? "join it: x.join(', ')" : 'use to_json(x), a field of it, or a default',
      },
    ];
  });

const withoutText: ReadonlySet<string> = new Set(['null', 'list', 'map', 'bytes', 'optional']);
