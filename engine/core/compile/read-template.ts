import type { Template } from '../contracts/template.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import { mapScalar } from '../diagnostics/map-scalar.ts';
import type { Span } from '../diagnostics/position.ts';
import { parseTemplate, type TemplatePath, unwrapExpression } from '../expression/parse-template.ts';
import { type SourceNode, type SourceScalar, toJson } from './source-node.ts';

/** One expression as it stands in the file. */
export interface WrittenExpression {
  expr: string;
  scalar: SourceScalar;
  /** Offset of the expression in the scalar's value. */
  offset: number;
  /** Part of a text, so that its result must have a text form (T2, T3). */
  joined: boolean;
}

export interface TemplateReading {
  template: Template;
  expressions: WrittenExpression[];
  problems: Problem[];
}

/** Any value with `${{ … }}` in its texts; keys are never templates. */
export function readTemplate(node: SourceNode, text: string): TemplateReading {
  const { template, expressions, problems } = parseTemplate(toJson(node));
  return {
    template,
    expressions: expressions.flatMap(({ at, expr, offset }) => {
      const scalar = descend(node, at);
      return scalar.kind === 'scalar' ? [{ expr, scalar, offset, joined: isJoined(scalar) }] : [];
    }),
    problems: problems.map(({ at, offset, length, message }) => {
      const scalar = descend(node, at);
      return {
        code: 'compile/bad-expression',
        at:
          scalar.kind === 'scalar'
            ? partOf(scalar, { start: offset, end: offset + length }, text)
            : scalar.at,
        path: scalar.path,
        message,
      };
    }),
  };
}

/** A field that is an expression by definition (T5); a wrapping `${{ }}` is taken off. */
export function readExpression(scalar: SourceScalar): WrittenExpression | null {
  if (typeof scalar.value !== 'string') return null;
  const { expr, offset } = unwrapExpression(scalar.value);
  return { expr, scalar, offset, joined: false };
}

/** Where a part of an expression stands in the file. */
export function expressionSpan(written: WrittenExpression, part: Span, text: string): Span {
  return partOf(written.scalar, { start: written.offset + part.start, end: written.offset + part.end }, text);
}

function partOf(scalar: SourceScalar, part: Span, text: string): Span {
  const { at, style, value } = scalar;
  return typeof value === 'string' ? mapScalar(text, { at, style, value }, part) : at;
}

function isJoined(scalar: SourceScalar): boolean {
  return typeof scalar.value === 'string' && parseTemplate(scalar.value).template.t === 'text';
}

function descend(node: SourceNode, path: TemplatePath): SourceNode {
  let at = node;
  for (const key of path) {
    const next =
      at.kind === 'map'
        ? at.fields.get(String(key))?.value
        : at.kind === 'list'
          ? at.items[Number(key)]
          : undefined;
    if (!next) return at;
    at = next;
  }
  return at;
}
