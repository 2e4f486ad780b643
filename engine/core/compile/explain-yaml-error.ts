import type { YAMLParseError, YAMLWarning } from 'yaml';
import type { Problem } from '../diagnostics/diagnostic.ts';
import type { Suggestion } from '../diagnostics/fix.ts';
import type { Span } from '../diagnostics/position.ts';

/**
 * A parser error in words an author can act on. The commonest by far is a template whose
 * braces, colon or hash the YAML parser takes for its own.
 */
export function explainYamlError(error: YAMLParseError | YAMLWarning, text: string): Problem {
  const [start, end] = error.pos;
  if (error.code === 'RESOURCE_EXHAUSTION') {
    return {
      code: 'compile/over-limit',
      at: { start, end: start + 1 },
      message: 'values are nested too deeply',
    };
  }
  if (error.code === 'MULTIPLE_DOCS') {
    return {
      code: 'compile/bad-yaml',
      at: { start, end: start + 3 },
      message: 'a second document begins here; a file holds one',
    };
  }
  const template = unquotedTemplate(text, start);
  if (template) return template;
  return {
    code: 'compile/bad-yaml',
    at: { start, end: Math.max(end, start + 1) },
    message: firstSentence(error.message),
  };
}

function unquotedTemplate(text: string, offset: number): Problem | null {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd);
  for (const match of line.matchAll(/\$\{\{.*?(\}\}|$)/g)) {
    if (insideQuotes(line, match.index)) continue;
    const start = lineStart + match.index;
    const inFlow = /[{[]/.test(line.slice(0, match.index));
    return {
      code: 'compile/unquoted-template',
      at: { start, end: start + match[0].length },
      message: inFlow
        ? 'a template inside { } or [ ] must be quoted'
        : 'this template holds a sign that YAML takes for its own and must be quoted',
      help: `write "${match[0].replaceAll('"', "'")}"`,
      ...quoted(text, { start: lineStart, end: lineStart + line.length }, start, inFlow),
    };
  }
  return null;
}

/**
 * Quotes around the whole value that the template is part of: up to the comma or bracket behind it, or
 * outside brackets to the end of the line. Whether that was the end of the value, compiling again shows.
 */
function quoted(text: string, line: Span, start: number, inFlow: boolean): Suggestion {
  const before = text.slice(line.start, start);
  const from = Math.max(
    ...(inFlow ? [': ', ', ', '[ ', '['] : [': ', '- ']).map((sign) => endOf(before, sign)),
  );
  if (from < 0) return {};
  const rest = text.slice(start, line.end);
  const inside = inFlow ? /^(?:\$\{\{.*?\}\}[^,}\]]*)/.exec(rest)?.[0] : rest;
  if (inside === undefined) return {};
  const value = `${before.slice(from)}${inside}`.trimEnd();
  const quote = value.includes('"') ? "'" : '"';
  if (value.includes(quote) || value.includes('\\')) return {};
  const at = { start: line.start + from, end: line.start + from + value.length };
  const written = `${quote}${value}${quote}`;
  return { fix: { title: `write ${written}`, edits: [{ at, text: written }] } };
}

function endOf(text: string, sign: string): number {
  const at = text.lastIndexOf(sign);
  return at === -1 ? -1 : at + sign.length;
}

function insideQuotes(line: string, index: number): boolean {
  let quote = '';
  for (const sign of line.slice(0, index)) {
    if (quote === '') {
      if (sign === '"' || sign === "'") quote = sign;
    } else if (sign === quote) {
      quote = '';
    }
  }
  return quote !== '';
}

function firstSentence(message: string): string {
  const line = message.split('\n', 1)[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}
