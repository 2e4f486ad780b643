import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

/** A condition without any name in it is the same in every run. */
export const constantCondition: Rule = ({ expressions, source }) =>
  expressions.flatMap((site) => {
    const { problems, references } = site.result;
    // `now()` changes without a name.
    if (!site.condition || problems.length > 0 || references.length > 0 || /\bnow\s*\(/.test(site.expr))
      return [];
    return [
      {
        code: 'compile/constant-condition',
        at: expressionSpan(site, { start: 0, end: site.expr.length }, source.text),
        path: site.scalar.path,
        message: 'this condition is the same in every run',
      },
    ];
  });
