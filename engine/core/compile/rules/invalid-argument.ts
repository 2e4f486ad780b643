import type { JsonObject } from '../../../../schemas/json.ts';
import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean, type Suggestion } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { SchemaProblem } from '../../schema/create-validator.ts';
import { validatorOf } from '../../schema/validator-of.ts';
import { callSchema } from '../call-schema.ts';
import type { CompileContext, Rule } from '../context.ts';
import { readTemplate } from '../read-template.ts';
import { renameKey } from '../rename-key.ts';
import {
  field,
  keyAt,
  mapField,
  nodeAt,
  pointerTo,
  type SourceMap,
  type SourceNode,
  toJson,
} from '../source-node.ts';

/** `with` against the schema of what takes it, as far as it is known before a run. */
export const invalidArgument: Rule = (context) =>
  takers(context).flatMap((taker) => {
    const written = field(taker.node, 'with');
    if (written && written.kind !== 'map') return [];
    const templated = new Set(written ? templatedPointers(written, '', context.source.text) : []);
    const found = validatorOf(taker.schema)(written ? toJson(written) : {}).filter(
      (problem) => !isAboutTemplate(problem, templated),
    );
    // A mistyped argument and the one that is then missing are one slip.
    const mistyped = new Set(found.map(typoOf));
    return found
      .filter(
        ({ keyword, pointer, params }) =>
          keyword !== 'required' || !mistyped.has(`${pointer}#${params.missingProperty}`),
      )
      .map((problem) => describe(problem, taker, written, context.source.text));
  });

/** Whatever has a `with`: an action, its own rollback, a call. */
interface Taker {
  node: SourceMap;
  /** The key that names it. */
  by: 'action' | 'call';
  name: string;
  schema: JsonObject;
}

function takers({ manifests, rollbacks, children }: CompileContext): Taker[] {
  const actions = [...manifests].map(
    ([{ node }, { key, input }]): Taker => ({ node, by: 'action', name: key, schema: input }),
  );
  const calls = [...children].map(
    ([{ node }, { plan }]): Taker => ({
      node,
      by: 'call',
      name: plan.playbook.id,
      schema: callSchema(plan.inputs),
    }),
  );
  const own = [...rollbacks].flatMap(([step, { key, input }]): Taker[] => {
    const node = mapField(step.node, 'rollback');
    return node ? [{ node, by: 'action', name: key, schema: input }] : [];
  });
  return [...actions, ...own, ...calls];
}

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

/** The argument that an unknown one most likely stands for, as `pointer#name`. */
function typoOf({ keyword, pointer, params, schema }: SchemaProblem): string | null {
  if (keyword !== 'additionalProperties') return null;
  const known = Object.keys((schema.properties as JsonObject | undefined) ?? {});
  return `${pointer}#${nearestName(String(params.additionalProperty), known)}`;
}

function describe(
  problem: SchemaProblem,
  taker: Taker,
  written: SourceMap | undefined,
  text: string,
): Problem {
  const missing = problem.params.missingProperty;
  const extra = problem.params.additionalProperty;
  const path = `${taker.node.path}/with${problem.pointer}`;
  const node = written ? nodeAt(written, problem.pointer) : undefined;
  if (typeof missing === 'string') {
    const at = problem.pointer === '' || !node ? keyAt(taker.node, written ? 'with' : taker.by) : node.at;
    return {
      code: 'compile/invalid-argument',
      at,
      path,
      message: `"${taker.name}" needs the argument "${dotted(problem.pointer, missing)}"`,
    };
  }
  if (typeof extra === 'string' && node?.kind === 'map') {
    const known = Object.keys((problem.schema.properties as JsonObject | undefined) ?? {});
    const meant = nearestName(extra, known);
    return {
      code: 'compile/invalid-argument',
      at: keyAt(node, extra),
      path: pointerTo(path, extra),
      message: `"${taker.name}" has no argument "${dotted(problem.pointer, extra)}"`,
      ...renameKey(node, extra, meant, text, `known arguments: ${known.join(', ') || 'none'}`),
    };
  }
  return {
    code: 'compile/invalid-argument',
    at: node?.at ?? keyAt(taker.node, 'with'),
    path,
    message: `argument "${dotted(problem.pointer)}" of "${taker.name}" ${problem.message}`,
    ...(node && nearestWord(node, problem, text)),
  };
}

/** A word that is nearly one of those that the argument takes. */
function nearestWord(node: SourceNode, { params }: SchemaProblem, text: string): Suggestion {
  const words = params.allowedValues;
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || !Array.isArray(words)) return {};
  return didYouMean(nearestName(node.value, words.map(String)), node.at, node.value, text);
}

function dotted(pointer: string, last?: string): string {
  return [...pointer.split('/').slice(1), ...(last === undefined ? [] : [last])].join('.');
}
