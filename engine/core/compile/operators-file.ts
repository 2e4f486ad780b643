import type { Code } from '../../../schemas/codes.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import { checkExpression } from '../expression/check-expression.ts';
import type { ValueType } from '../expression/value-type.ts';
import type { SchemaProblem } from '../schema/create-validator.ts';
import { expressionSpan, readExpression } from './read-template.ts';
import { firstKeyAt, keyAt, nodeAt, pointerTo, type SourceMap, scalarField } from './source-node.ts';

/* What is wrong with an operator's file, guardrails or routing, at its place and with what would mend it. */

const codeOf: { [keyword: string]: Code } = {
  additionalProperties: 'compile/unknown-field',
  required: 'compile/missing-field',
  oneOf: 'compile/missing-field',
  type: 'compile/wrong-type',
  maxItems: 'compile/over-limit',
  maxLength: 'compile/over-limit',
};

export function shapeProblem(root: SourceMap, problem: SchemaProblem): Problem {
  const node = nodeAt(root, problem.pointer);
  const unknown = problem.params.additionalProperty;
  const code = codeOf[problem.keyword] ?? 'compile/invalid-value';
  const name = problem.pointer.split('/').at(-1) || 'the file';
  if (node.kind === 'map' && typeof unknown === 'string') {
    const at = keyAt(node, unknown);
    const meant = nearestName(unknown, Object.keys((problem.schema.properties as object | undefined) ?? {}));
    return {
      code,
      at,
      path: pointerTo(node.path, unknown),
      message: `"${unknown}" is not a field that exists here`,
      ...(meant !== null && { help: `did you mean "${meant}"?` }),
      ...(meant !== null &&
        !node.fields.has(meant) && { fix: { title: `write "${meant}"`, edits: [{ at, text: meant }] } }),
    };
  }
  const at = node.kind === 'map' ? firstKeyAt(node) : node.at;
  const message = problem.keyword === 'oneOf' ? 'needs either targets or share' : problem.message;
  return { code, at, path: node.path, message: `${name} ${message}` };
}

/** Of the field `match`, which sees only these names. */
export function matchProblems(
  entry: SourceMap,
  text: string,
  names: { [name: string]: ValueType },
): Problem[] {
  const scalar = scalarField(entry, 'match');
  const written = scalar === undefined ? null : readExpression(scalar);
  if (written === null) return [];
  return checkExpression(written.expr, names, 'bool').problems.map((problem) => ({
    code: problem.code,
    at: expressionSpan(written, problem, text),
    path: written.scalar.path,
    message: problem.message,
    ...(problem.hint !== undefined && { help: problem.hint }),
  }));
}
