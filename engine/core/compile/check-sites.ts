import type { ActionManifest } from '../contracts/action.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import { checkExpression } from '../expression/check-expression.ts';
import { dyn, type TypeEnv, type ValueType } from '../expression/value-type.ts';
import type { CheckedSite } from './checked-site.ts';
import { collectSites, collectVar } from './collect-sites.ts';
import type { ExpressionSite } from './expression-sites.ts';
import type { Flow } from './flow.ts';
import type { Outline, StepSite } from './outline.ts';
import { mapField, type PlaybookSource } from './source-node.ts';

export interface CheckedExpressions {
  expressions: CheckedSite[];
  templateProblems: Problem[];
}

/** Types and references of every expression of the file. Run variables first, in their order. */
export function checkSites(
  source: PlaybookSource,
  outline: Outline,
  flow: Flow,
  manifests: ReadonlyMap<StepSite, ActionManifest>,
): CheckedExpressions {
  const expressions: CheckedSite[] = [];
  const templateProblems: Problem[] = [];
  const vars: { [name: string]: ValueType } = {};
  const changed = changedVariables(outline);
  for (const { key, value } of mapField(source.root, 'vars')?.fields.values() ?? []) {
    const { sites, problems } = collectVar(source, key, { ...vars });
    const checked = sites.map(checkSite);
    expressions.push(...checked);
    templateProblems.push(...problems);
    // `set` may write a value of another type later: then nothing is certain.
    vars[key] = changed.has(key)
      ? dyn
      : firstType(value.kind === 'scalar' ? value.value : undefined, checked);
  }
  const { sites, problems } = collectSites({ source, outline, flow, manifests, vars });
  expressions.push(...sites.map(checkSite));
  templateProblems.push(...problems);
  return { expressions, templateProblems };
}

// Names that are not here are typed as dynamic, so that they are reported once and as what they are.
function checkSite(site: ExpressionSite): CheckedSite {
  const types: TypeEnv = { ...site.names.types };
  for (const name of site.names.elsewhere.keys()) types[name] = dyn;
  return { ...site, result: checkExpression(site.expr, types, site.want ?? undefined) };
}

function changedVariables(outline: Outline): ReadonlySet<string> {
  return new Set(outline.all.flatMap(({ node }) => [...(mapField(node, 'set')?.fields.keys() ?? [])]));
}

function firstType(value: unknown, sites: readonly CheckedSite[]): ValueType {
  if (typeof value !== 'string') return dyn;
  const [only] = sites;
  return only === undefined || only.joined ? { t: 'string' } : only.result.type;
}
