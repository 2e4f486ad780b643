import type { CheckedSite } from '../checked-site.ts';
import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';
import { Taint } from '../taint.ts';

/** T10: text from outside reaches a place that interprets it (`x-sink`) only through that place's encoder. */
export const untrustedInput: Rule = (context) => {
  const byEncoder = new Map<string | null, Taint>();
  const taintFor = (encoder: string | null) => {
    const taint = byEncoder.get(encoder) ?? new Taint(context, encoder);
    byEncoder.set(encoder, taint);
    return taint;
  };
  return context.expressions.flatMap((site) => {
    if (site.sink === null) return [];
    const { argument, reads } = site.sink;
    const encoder = encoders[reads] ?? null;
    const reference = taintFor(encoder).from(site);
    if (!reference) return [];
    return [
      {
        code: 'compile/untrusted-input',
        at: expressionSpan(site, reference, context.source.text),
        path: site.scalar.path,
        message: `"${nameOf(reference)}" may come from outside, and argument "${argument}" is read as ${reads}`,
        help: encoder === null ? 'pass it in an argument that is data' : `write ${encoder}(…) around it`,
      },
    ];
  });
};

// The other sinks (query, command, markup) have no encoder in the language: nothing may pass.
const encoders: Readonly<Record<string, string>> = { url: 'url_encode' };

function nameOf({ root, path }: CheckedSite['result']['references'][number]): string {
  return [root, ...path].join('.');
}
