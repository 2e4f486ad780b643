import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Template } from '../contracts/template.ts';
import { copyJson } from './copy-path.ts';
import { type Evaluated, evaluate, type Scope } from './evaluate.ts';
import { isForbiddenKey } from './forbidden-key.ts';

/**
 * Fills a template. A value that is one expression keeps the type of its result (T1); in mixed text
 * each part becomes text (T2), and null, a list or a map there is a failure (T3). Results are data:
 * a `${{` that comes out of an expression stays those characters (T7).
 *
 * Never throws. The first failure ends it; its message names the field.
 */
export function renderTemplate(template: Template, scope: Scope): Evaluated {
  return render(template, scope, '');
}

function render(template: Template, scope: Scope, at: string): Evaluated {
  switch (template.t) {
    case 'literal':
      return { ok: true, value: copyJson(template.value) };
    case 'expr':
      return located(evaluate(template.expr, scope), at);
    case 'text':
      return renderText(template.parts, scope, at);
    case 'list':
      return renderList(template.items, scope, at);
    case 'map':
      return renderMap(template.fields, scope, at);
  }
}

function renderText(parts: (string | { expr: string })[], scope: Scope, at: string): Evaluated {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const result = located(evaluate(part.expr, scope), at);
    if (!result.ok) return result;
    const piece = textOf(result.value);
    if (piece === undefined) return located(notText(part.expr, result.value), at);
    text += piece;
  }
  return { ok: true, value: text };
}

/** Timestamps and durations have left the engine as text already. */
function textOf(value: Json): string | undefined {
  return typeof value === 'object' ? undefined : String(value);
}

function notText(expr: string, value: Json): Evaluated {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a map';
  const advice =
    value === null
      ? 'give a default: coalesce(…, "none")'
      : 'write .join(", ") or to_json(…) to say how it reads';
  return {
    ok: false,
    code: 'run/expression-failed',
    message: `${expr.slice(0, 200)} is ${kind} in the middle of a text; ${advice}`,
  };
}

function renderList(items: Template[], scope: Scope, at: string): Evaluated {
  const values: Json[] = [];
  for (const [i, item] of items.entries()) {
    const result = render(item, scope, `${at}[${i}]`);
    if (!result.ok) return result;
    values.push(result.value);
  }
  return { ok: true, value: values };
}

function renderMap(fields: { [key: string]: Template }, scope: Scope, at: string): Evaluated {
  const values: JsonObject = {};
  for (const [key, field] of Object.entries(fields)) {
    if (isForbiddenKey(key)) continue;
    const result = render(field, scope, at === '' ? key : `${at}.${key}`);
    if (!result.ok) return result;
    values[key] = result.value;
  }
  return { ok: true, value: values };
}

function located(result: Evaluated, at: string): Evaluated {
  return result.ok || at === '' ? result : { ...result, message: `${at}: ${result.message}` };
}
