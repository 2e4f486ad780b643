import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { CheckedSite } from '../checked-site.ts';
import type { CompileContext, Rule } from '../context.ts';
import { findStep, type StepSite } from '../outline.ts';
import { expressionSpan } from '../read-template.ts';

/** References to steps that do not exist, and to steps that this place cannot see (S2, S4). */
export const unknownStep: Rule = (context) =>
  context.expressions.flatMap((site) =>
    site.result.references.flatMap((reference) => {
      if (reference.root !== 'steps' || site.names.elsewhere.has('steps')) return [];
      const [id] = reference.path;
      const span = reference.segments[1] ?? reference;
      const at = expressionSpan(site, span, context.source.text);
      const problem = judge(id, site, context);
      if (!problem) return [];
      const { meant = null, ...verdict } = problem;
      const suggested = didYouMean(meant, at, String(id), context.source.text);
      return [{ ...verdict, at, path: site.scalar.path, ...suggested }];
    }),
  );

type Verdict = Omit<Problem, 'at' | 'path'> & { meant?: string };

function judge(id: string | number | undefined, site: CheckedSite, context: CompileContext): Verdict | null {
  if (typeof id !== 'string') {
    return {
      code: 'compile/unknown-step',
      message: '"steps" must be followed by the id of a step',
      help: 'write steps.<id>; steps cannot be looked up or passed on as a whole',
    };
  }
  const step = findStep(id, site.body);
  if (!step) return insideLoop(id, context) ?? missing(id, site);
  if (site.state === null || site.state.visible.has(step)) return null;
  return {
    code: 'compile/not-visible-here',
    message: `"steps.${id}" cannot be seen from here`,
    seen: { at: step.label.at, message: `step "${id}" is defined here` },
    help: whyHidden(step, site.step),
  };
}

/** S3: what a loop repeats is many things, so its ids mean nothing outside. */
function insideLoop(id: string, context: CompileContext): Verdict | null {
  const step = context.outline.all.find((candidate) => candidate.id === id);
  const loop = step?.body.owner;
  if (!step || !loop) return null;
  return {
    code: 'compile/not-visible-here',
    message: `"steps.${id}" cannot be seen from here`,
    seen: { at: step.label.at, message: `step "${id}" is defined here` },
    help:
      loop.kind === 'repeat'
        ? `it is repeated: read steps.${loop.planId}.outputs.last`
        : `it is repeated: read steps.${loop.planId}.items, .summary or .collected`,
  };
}

function missing(id: string, site: CheckedSite): Verdict {
  const visible = [...(site.state?.visible ?? [])].flatMap((step) => step.id ?? []);
  const meant = nearestName(id, visible);
  const definition = meant === null ? undefined : findStep(meant, site.body);
  return {
    code: 'compile/unknown-step',
    message: `"steps.${id}" is not a step that is visible here`,
    ...(definition && { seen: { at: definition.label.at, message: `step "${meant}" is defined here` } }),
    ...(meant !== null && { meant }),
  };
}

function whyHidden(step: StepSite, from: StepSite | null): string {
  if (from === step) return 'a step does not see itself; use on_error or a later step';
  const branch = branchOf(step);
  if (branch && from && branchOf(from)?.owner === branch.owner) {
    return 'branches of a parallel do not see each other; after the join all are visible';
  }
  return 'a step sees only what comes before it';
}

function branchOf(step: StepSite) {
  for (let block: StepSite['block'] | undefined = step.block; block; block = block.owner?.block) {
    if (block.role === 'branch') return block;
  }
  return undefined;
}
