import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { pathSegment, query } from '../client/path.ts';

/*
 * What is sent, from the operator's template and the playbook's arguments. Arguments come from alerts, so they are
 * attacker text: each stays inside the one segment, the one value of a query or the one JSON value it was given.
 */

export interface RequestTemplate {
  path: string;
  query?: { [name: string]: string };
  body?: Json;
}

export interface FilledRequest {
  url: string;
  /** Undefined: none is sent. */
  body: Json | undefined;
}

export type Filled = { ok: true; request: FilledRequest } | { ok: false; message: string };

/** @param base without a slash at its end */
export function fillRequest(base: string, template: RequestTemplate, values: JsonObject): Filled {
  const segments: string[] = [];
  for (const segment of template.path.slice(1).split('/')) {
    const name = placeholderIn(segment);
    const value = name === null ? segment : segmentOf(values[name]);
    if (value === null)
      return { ok: false, message: `"${name}" cannot be one segment of a path: ${segmentRule}` };
    segments.push(value);
  }
  const pairs: { [name: string]: string } = {};
  for (const [name, written] of Object.entries(template.query ?? {})) {
    const argument = placeholderIn(written);
    const value = argument === null ? written : values[argument];
    if (value === undefined) continue;
    const text = plainText(value);
    if (text === null)
      return { ok: false, message: `"${argument}" cannot stand in a query: a text, a number or a yes or no` };
    pairs[name] = text;
  }
  const address = `${base}/${segments.join('/')}`;
  const url = `${address}${query(pairs)}`;
  // Whatever reads addresses otherwise than we write them must not decide where this goes.
  const read = URL.canParse(url) ? new URL(url) : null;
  if (read === null || `${read.origin}${read.pathname}` !== address)
    return { ok: false, message: 'the arguments would change the address' };
  return {
    ok: true,
    request: { url, body: template.body === undefined ? undefined : fillBody(template.body, values) },
  };
}

export function placeholderIn(text: string): string | null {
  return /^\{([a-z][a-z0-9_]*)\}$/.exec(text)?.[1] ?? null;
}

const segmentRule =
  'it is empty, ".", ".." or too long, or has "/", "\\", "%", "?", "#", ";" or a control character in it';

/** Also encoded, a slash is one for many a server, and some decode twice. */
function segmentOf(value: Json | undefined): string | null {
  const text = typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
  const spellings = [text, text.normalize('NFKC')];
  if (spellings.some((each) => /[/\\%?#;]/.test(each) || /^\.{0,2}$/.test(each.trim()))) return null;
  try {
    return pathSegment(text);
  } catch {
    return null;
  }
}

function plainText(value: Json): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** What was not given is left out, with its name. */
function fillBody(template: Json, values: JsonObject): Json | undefined {
  if (typeof template === 'string') {
    const name = placeholderIn(template);
    return name === null ? template : values[name];
  }
  if (Array.isArray(template)) return template.flatMap((each) => fillBody(each, values) ?? []);
  if (!isJsonObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).flatMap(([name, each]) => {
      const value = fillBody(each, values);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
