import type { CheckedSite } from '../checked-site.ts';
import type { CompileContext, Rule } from '../context.ts';
import { findStep } from '../outline.ts';
import { expressionSpan } from '../read-template.ts';

/**
 * T10: what may come from outside reaches an argument that interprets text (`x-sink`) only through
 * that place's encoder. Inputs and variables count as coming from outside whoever fills them: to
 * follow each value would be finer, and one missed path would be an injection.
 */
export const untrustedInput: Rule = (context) =>
  context.expressions.flatMap((site) => {
    const sink = site.argument?.schema['x-sink'];
    if (typeof sink !== 'string' || isEncoded(site.expr.trim(), sink)) return [];
    const reference = site.result.references.find((candidate) => isOutside(candidate, site, context));
    if (!reference) return [];
    const encoder = encoders[sink];
    return [
      {
        code: 'compile/untrusted-input',
        at: expressionSpan(site, reference, context.source.text),
        path: site.scalar.path,
        message: `"${[reference.root, ...reference.path].join('.')}" may come from outside, and argument "${site.argument?.name}" is read as ${sink}`,
        help: encoder === undefined ? 'pass it in an argument that is data' : `write ${encoder}(…) around it`,
      },
    ];
  });

// The other sinks (query, command, markup) have no encoder in the language: nothing may pass.
const encoders: Readonly<Record<string, string>> = { url: 'url_encode' };

function isEncoded(expr: string, sink: string): boolean {
  const encoder = encoders[sink];
  return encoder !== undefined && expr.startsWith(`${encoder}(`) && closingOf(expr) === expr.length - 1;
}

/** `f(a)` is one call; `f(a) + b` is not. A bracket inside a text literal only makes it stricter. */
function closingOf(call: string): number {
  let depth = 0;
  for (let at = 0; at < call.length; at++) {
    if (call[at] === '(') depth++;
    if (call[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

function isOutside(
  { root, path }: CheckedSite['result']['references'][number],
  site: CheckedSite,
  context: CompileContext,
): boolean {
  if (root !== 'steps') return root !== 'run';
  const [id, part, output] = path;
  const step = typeof id === 'string' ? findStep(id, site.body) : undefined;
  const untrusted = (step && context.manifests.get(step)?.untrusted) ?? [];
  return (
    part === 'outputs' && (output === undefined ? untrusted.length > 0 : untrusted.includes(String(output)))
  );
}
