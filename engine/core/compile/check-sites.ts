import type { Problem } from '../diagnostics/diagnostic.ts';
import { dyn, type ValueType } from '../expression/value-type.ts';
import { checkSite } from './check-site.ts';
import type { CheckedSite } from './checked-site.ts';
import { collectSites, collectVar, type SiteParts } from './collect-sites.ts';
import type { Outline } from './outline.ts';
import { mapField } from './source-node.ts';

export interface CheckedExpressions {
  expressions: CheckedSite[];
  templateProblems: Problem[];
}

/** Types and references of every expression of the file. Run variables first, in their order. */
export function checkSites(parts: Omit<SiteParts, 'vars'>): CheckedExpressions {
  const { source, outline } = parts;
  const expressions: CheckedSite[] = [];
  const templateProblems: Problem[] = [];
  const vars: { [name: string]: ValueType } = {};
  const changed = changedVariables(outline);
  for (const { key, value } of mapField(source.root, 'vars')?.fields.values() ?? []) {
    const { sites, problems } = collectVar(parts, key, { ...vars });
    const checked = sites.map(checkSite);
    expressions.push(...checked);
    templateProblems.push(...problems);
    // `set` may write a value of another type later: then nothing is certain.
    vars[key] = changed.has(key)
      ? dyn
      : firstType(value.kind === 'scalar' ? value.value : undefined, checked);
  }
  const { sites, problems } = collectSites({ ...parts, vars });
  expressions.push(...sites.map(checkSite));
  templateProblems.push(...problems);
  return { expressions, templateProblems };
}

function changedVariables(outline: Outline): ReadonlySet<string> {
  return new Set(outline.all.flatMap(({ node }) => [...(mapField(node, 'set')?.fields.keys() ?? [])]));
}

function firstType(value: unknown, sites: readonly CheckedSite[]): ValueType {
  if (typeof value !== 'string') return dyn;
  const [only] = sites;
  return only === undefined || only.joined ? { t: 'string' } : only.result.type;
}
