import { checkExpression } from '../expression/check-expression.ts';
import { dyn, type TypeEnv } from '../expression/value-type.ts';
import type { CheckedSite } from './checked-site.ts';
import type { ExpressionSite } from './expression-sites.ts';

/** Names that are not here are typed as dynamic, so that they are reported once and as what they are. */
export function checkSite(site: ExpressionSite): CheckedSite {
  const types: TypeEnv = { ...site.names.types };
  for (const name of site.names.elsewhere.keys()) types[name] = dyn;
  return { ...site, result: checkExpression(site.expr, types, site.want ?? undefined) };
}
