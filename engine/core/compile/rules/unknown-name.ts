import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { CheckedSite } from '../checked-site.ts';
import type { CompileContext, Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';
import { mapField, type SourceMap } from '../source-node.ts';

/** Names of the language that are not here, and inputs and variables that nobody declared. */
export const unknownName: Rule = (context) =>
  context.expressions.flatMap((site) =>
    site.result.references.flatMap((reference) => {
      const verdict = judge(reference, site, context);
      if (!verdict) return [];
      const span =
        (verdict.code === 'compile/unknown-name' && reference.segments[1]) || reference.segments[0];
      const at = expressionSpan(site, span ?? reference, context.source.text);
      const { nearest, ...problem } = verdict;
      const meant = nearest && didYouMean(nearest.meant, at, nearest.written, context.source.text);
      return [{ ...problem, at, path: site.scalar.path, ...meant }];
    }),
  );

type Reference = CheckedSite['result']['references'][number];
type Verdict = Omit<Problem, 'at' | 'path'> & { nearest?: { written: string; meant: string } };

function judge(reference: Reference, site: CheckedSite, context: CompileContext): Verdict | null {
  const { root, path } = reference;
  const reason = site.names.elsewhere.get(root);
  if (reason !== undefined) {
    return { code: 'compile/not-visible-here', message: `"${root}" cannot be seen from here: ${reason}` };
  }
  if (root !== 'inputs' && root !== 'vars') return null;
  const declared = mapField(context.source.root, root);
  const [name] = path;
  if (typeof name !== 'string' || declared?.fields.has(name)) {
    return isLaterVariable(root, name, site) ? laterVariable(String(name), declared) : null;
  }
  const meant = nearestName(name, declared?.fields.keys() ?? []);
  return {
    code: 'compile/unknown-name',
    message: `no ${root === 'inputs' ? 'input' : 'variable'} "${name}" is declared`,
    ...(meant === null ? { help: `declare it under "${root}"` } : { nearest: { written: name, meant } }),
  };
}

/** Variables are evaluated in order: each sees only those before it. */
function isLaterVariable(root: string, name: string | number | undefined, site: CheckedSite): boolean {
  const known = site.names.types.vars;
  return (
    root === 'vars' && typeof name === 'string' && known?.t === 'map' && !Object.hasOwn(known.fields, name)
  );
}

function laterVariable(name: string, declared: SourceMap | undefined): Verdict {
  const definition = declared?.fields.get(name);
  return {
    code: 'compile/not-visible-here',
    message: `"vars.${name}" is evaluated after this`,
    ...(definition && { seen: { at: definition.keyAt, message: `"${name}" is declared here` } }),
    help: 'variables are evaluated in the order of their declaration',
  };
}
