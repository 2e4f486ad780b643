import type { Json } from '../../../schemas/json.ts';
import type { Template } from '../contracts/template.ts';
import { isForbiddenKey } from './forbidden-key.ts';
import { scanExpression } from './scan-expression.ts';

export type TemplatePath = (string | number)[];

export interface TemplateProblem {
  /** Keys from the authored value down to the text with the problem. */
  at: TemplatePath;
  /** In that text, in UTF-16 code units. */
  offset: number;
  length: number;
  message: string;
}

export interface ParsedTemplate {
  template: Template;
  problems: TemplateProblem[];
  /** Where each expression stands: `offset` is its first character in the text at `at`. */
  expressions: { at: TemplatePath; expr: string; offset: number }[];
}

/**
 * Parses an authored value (T1, T2, T6, T7). Text that is exactly one `${{ expr }}` becomes `expr`
 * and will keep the type of its result; other text with expressions becomes `text`; lists and maps
 * without any expression below them stay one literal.
 */
export function parseTemplate(value: Json): ParsedTemplate {
  const found: ParsedTemplate = {
    template: { t: 'literal', value: null },
    problems: [],
    expressions: [],
  };
  found.template = parse(value, [], found);
  return found;
}

function parse(value: Json, at: TemplatePath, found: ParsedTemplate): Template {
  if (typeof value === 'string') return parseText(value, at, found);
  if (Array.isArray(value)) {
    const items = value.map((item, i) => parse(item, [...at, i], found));
    return items.every(isLiteral)
      ? { t: 'literal', value: items.map((item) => item.value) }
      : { t: 'list', items };
  }
  if (value === null || typeof value !== 'object') return { t: 'literal', value };
  const fields: { [key: string]: Template } = {};
  for (const [key, item] of Object.entries(value)) {
    if (isForbiddenKey(key)) {
      found.problems.push({
        at: [...at],
        offset: 0,
        length: 0,
        message: `the key "${key}" is not allowed`,
      });
    } else {
      fields[key] = parse(item, [...at, key], found);
    }
  }
  const parsed = Object.entries(fields);
  const literals: { [key: string]: Json } = {};
  for (const [key, field] of parsed) if (isLiteral(field)) literals[key] = field.value;
  return Object.keys(literals).length === parsed.length
    ? { t: 'literal', value: literals }
    : { t: 'map', fields };
}

function isLiteral(template: Template): template is Extract<Template, { t: 'literal' }> {
  return template.t === 'literal';
}

function parseText(text: string, at: TemplatePath, found: ParsedTemplate): Template {
  const parts: (string | { expr: string })[] = [];
  const addText = (piece: string) => {
    const last = parts.at(-1);
    if (typeof last === 'string') parts[parts.length - 1] = last + piece;
    else if (piece !== '') parts.push(piece);
  };
  let i = 0;
  while (i < text.length) {
    const open = text.indexOf('${{', i);
    if (open < 0) break;
    if (text[open - 1] === '$' && open > i) {
      addText(`${text.slice(i, open - 1)}\${{`);
      i = open + 3;
      continue;
    }
    addText(text.slice(i, open));
    const read = readExpression(text, open, at, found);
    if (!read) return { t: 'literal', value: text };
    parts.push({ expr: read.expr });
    i = read.end;
  }
  addText(text.slice(i));
  const [only] = parts;
  if (only === undefined) return { t: 'literal', value: '' };
  if (parts.length > 1) return { t: 'text', parts };
  return typeof only === 'string' ? { t: 'literal', value: only } : { t: 'expr', expr: only.expr };
}

function readExpression(
  text: string,
  open: number,
  at: TemplatePath,
  found: ParsedTemplate,
): { expr: string; end: number } | undefined {
  const problem = (offset: number, length: number, message: string) => {
    found.problems.push({ at: [...at], offset, length, message });
    return undefined;
  };
  const scanned = scanExpression(text, open + 3);
  if (scanned === null) return problem(open, text.length - open, 'this "${{" is never closed with "}}"');
  if ('nestedAt' in scanned) {
    return problem(scanned.nestedAt, 3, 'a "${{" inside an expression; expressions do not nest');
  }
  const inner = text.slice(open + 3, scanned.end);
  const expr = inner.trim();
  if (expr === '') return problem(open, scanned.end + 2 - open, 'the expression is empty');
  found.expressions.push({
    at: [...at],
    expr,
    offset: open + 3 + inner.indexOf(expr),
  });
  return { expr, end: scanned.end + 2 };
}

export interface Unwrapped {
  expr: string;
  /** First character of `expr` in the text. */
  offset: number;
  /** `riposte fmt` removes the wrapping. */
  wrapped: boolean;
  problem: { offset: number; length: number; message: string } | null;
}

/** T5: a field that is an expression by definition takes it bare; a wrapping `${{ }}` is taken off. */
export function unwrapExpression(text: string): Unwrapped {
  const lead = text.length - text.trimStart().length;
  const bare = text.trim();
  const whole = { expr: bare, offset: lead, wrapped: false };
  if (!bare.startsWith('${{')) return { ...whole, problem: null };
  const scanned = scanExpression(bare, 3);
  if (scanned === null || 'nestedAt' in scanned || scanned.end + 2 !== bare.length) {
    const message = 'this field is one expression; leave out "${{ }}"';
    return {
      ...whole,
      problem: { offset: lead, length: bare.length, message },
    };
  }
  const inner = bare.slice(3, scanned.end);
  const expr = inner.trim();
  return {
    expr,
    offset: lead + 3 + (inner.length - inner.trimStart().length),
    wrapped: true,
    problem: null,
  };
}
