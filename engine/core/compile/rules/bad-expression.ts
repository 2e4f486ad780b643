import type { Problem } from '../../diagnostics/diagnostic.ts';
import type { CheckedSite } from '../checked-site.ts';
import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

/** What the expression checker found: syntax, types, unknown names and functions, size, regexes. */
export const badExpression: Rule = ({ expressions, source }) =>
  expressions.flatMap((site) =>
    site.result.problems.map((problem): Problem => {
      const { code, message, hint, instead } = describe(problem, site);
      return {
        code,
        at: expressionSpan(site, problem, source.text),
        path: site.scalar.path,
        message,
        ...(hint !== undefined && { help: hint }),
        ...fixOf(instead, site, source.text),
      };
    }),
  );

function fixOf(instead: Found['instead'], site: CheckedSite, text: string): Pick<Problem, 'fix'> {
  if (instead === undefined) return {};
  const at = expressionSpan(site, instead, text);
  // Inside escapes and folds the place is wider than the part: nothing is changed there.
  if (text.slice(at.start, at.end) !== site.expr.slice(instead.start, instead.end)) return {};
  return { fix: { title: `write ${instead.text}`, edits: [{ at, text: instead.text }] } };
}

type Found = CheckedSite['result']['problems'][number];

function describe(problem: Found, site: CheckedSite): Pick<Found, 'code' | 'message' | 'hint' | 'instead'> {
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
