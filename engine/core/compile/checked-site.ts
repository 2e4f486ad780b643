import type { checkExpression } from '../expression/check-expression.ts';
import type { ExpressionSite } from './expression-sites.ts';

/** An expression after its check: what it gives, what it refers to, what is wrong with it. */
export interface CheckedSite extends ExpressionSite {
  result: ReturnType<typeof checkExpression>;
}
