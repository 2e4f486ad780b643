import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { CheckedSite } from '../checked-site.ts';
import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

/** What the expression checker found: syntax, types, unknown names and functions, size, regexes. */
export const badExpression: Rule = ({ expressions, source }) =>
  expressions.flatMap((site) =>
    site.result.problems.map((problem): Problem => {
      const { code, message, hint } = describe(problem, site);
      return {
        code,
        at: expressionSpan(site, problem, source.text),
        path: site.scalar.path,
        message,
        ...(hint !== undefined && { help: hint }),
      };
    }),
  );

type Found = CheckedSite['result']['problems'][number];

function describe(problem: Found, site: CheckedSite): Pick<Found, 'code' | 'message' | 'hint'> {
  if (problem.code === 'compile/unknown-name' && isSecret(problem, site)) {
    return {
      code: problem.code,
      message: problem.message,
      hint: 'expressions cannot read secrets; an action gets its own from the connection',
    };
  }
  return problem;
}

function isSecret(problem: Found, site: CheckedSite): boolean {
  return ['secrets', 'secret', 'env'].includes(
    site.expr.slice(problem.start, problem.end).split('.')[0] ?? '',
  );
}
