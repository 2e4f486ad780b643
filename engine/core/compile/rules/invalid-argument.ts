import type { JsonObject } from '../../../../schemas/json.ts';
import type { ActionManifest } from '../../contracts/action.ts';
import type { Problem } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { SchemaProblem } from '../../schema/create-validator.ts';
import { validatorOf } from '../../schema/validator-of.ts';
import type { Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { readTemplate } from '../read-template.ts';
import { field, keyAt, nodeAt, pointerTo, type SourceMap, type SourceNode, toJson } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/** `with` against the action's input schema, as far as it is known before a run. */
export const invalidArgument: Rule = (context) =>
  actionSteps(context).flatMap(([step, manifest]) => {
    const validate = validatorOf(manifest.input);
    const written = field(step.node, 'with');
    if (written && written.kind !== 'map') return [];
    const templated = new Set(written ? templatedPointers(written, '', context.source.text) : []);
    return validate(written ? toJson(written) : {})
      .filter((problem) => !isAboutTemplate(problem, templated))
      .map((problem) => describe(problem, step, written, manifest));
  });

/** Pointers of the texts whose value only a run knows. */
function templatedPointers(node: SourceNode, pointer: string, text: string): string[] {
  switch (node.kind) {
    case 'scalar':
      return readTemplate(node, text).expressions.length > 0 ? [pointer] : [];
    case 'list':
      return node.items.flatMap((item, index) => templatedPointers(item, pointerTo(pointer, index), text));
    case 'map':
      return [...node.fields.values()].flatMap(({ key, value }) =>
        templatedPointers(value, pointerTo(pointer, key), text),
      );
  }
}

// What a template gives is compared by type (`argument-type`) and validated again in the run.
// Alternatives (oneOf) fail at the object around the template: those wait for the run, too.
function isAboutTemplate(problem: SchemaProblem, templated: ReadonlySet<string>): boolean {
  if (templated.has(problem.pointer)) return true;
  if (problem.keyword === 'required' || problem.keyword === 'additionalProperties') return false;
  return [...templated].some((pointer) => pointer.startsWith(`${problem.pointer}/`));
}

function describe(
  problem: SchemaProblem,
  step: StepSite,
  written: SourceMap | undefined,
  manifest: ActionManifest,
): Problem {
  const missing = problem.params.missingProperty;
  const extra = problem.params.additionalProperty;
  const path = `${step.node.path}/with${problem.pointer}`;
  const node = written ? nodeAt(written, problem.pointer) : undefined;
  if (typeof missing === 'string') {
    const at = problem.pointer === '' || !node ? keyAt(step.node, written ? 'with' : 'action') : node.at;
    return {
      code: 'compile/invalid-argument',
      at,
      path,
      message: `"${manifest.key}" needs the argument "${dotted(problem.pointer, missing)}"`,
    };
  }
  if (typeof extra === 'string' && node?.kind === 'map') {
    const known = Object.keys((problem.schema.properties as JsonObject | undefined) ?? {});
    const meant = nearestName(extra, known);
    return {
      code: 'compile/invalid-argument',
      at: keyAt(node, extra),
      path: pointerTo(path, extra),
      message: `"${manifest.key}" has no argument "${dotted(problem.pointer, extra)}"`,
      help: meant === null ? `known arguments: ${known.join(', ') || 'none'}` : `did you mean "${meant}"?`,
    };
  }
  return {
    code: 'compile/invalid-argument',
    at: node?.at ?? keyAt(step.node, 'with'),
    path,
    message: `argument "${dotted(problem.pointer)}" of "${manifest.key}" ${problem.message}`,
  };
}

function dotted(pointer: string, last?: string): string {
  return [...pointer.split('/').slice(1), ...(last === undefined ? [] : [last])].join('.');
}
