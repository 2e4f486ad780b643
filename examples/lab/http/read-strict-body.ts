import type { LabRequest } from './answer.ts';

/** What a property must be; documented properties only, everything else is refused. */
export interface PropertyRule {
  required?: boolean;
  expected: string;
  test(value: unknown): boolean;
}

export interface BodyShape {
  [property: string]: PropertyRule;
}

export type BodyFault = 'malformed' | 'missing' | 'unknown' | 'invalid';

export class BodyRefusal extends Error {
  readonly fault: BodyFault;

  constructor(fault: BodyFault, message: string) {
    super(message);
    this.name = 'BodyRefusal';
    this.fault = fault;
  }
}

/** The JSON object in the body, after every property was checked. Property names are case-sensitive. */
export function readStrictBody(request: LabRequest, shape: BodyShape): { [property: string]: unknown } {
  const type = request.headers['content-type'];
  if (typeof type !== 'string' || !/^application\/json *(;|$)/i.test(type)) {
    throw new BodyRefusal('malformed', 'The content type must be application/json.');
  }
  const body = parseObject(request.body);
  for (const [name, rule] of Object.entries(shape)) {
    if (rule.required === true && (body[name] === undefined || body[name] === '')) {
      throw new BodyRefusal('missing', `The property '${name}' is required; names are case-sensitive.`);
    }
  }
  for (const [name, value] of Object.entries(body)) {
    const rule = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (rule === undefined) throw new BodyRefusal('unknown', `The property '${name}' does not exist.`);
    if (!rule.test(value))
      throw new BodyRefusal('invalid', `The property '${name}' must be ${rule.expected}.`);
  }
  return body;
}

export function parseObject(text: string): { [property: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BodyRefusal('malformed', 'The body is not valid JSON.');
  }
  if (!isObject(value)) throw new BodyRefusal('malformed', 'The body must be a JSON object.');
  return value;
}

export function isObject(value: unknown): value is { [property: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text with something in it. */
export function text(options: { required?: boolean } = {}): PropertyRule {
  return {
    ...options,
    expected: 'a non-empty string',
    test: (value) => typeof value === 'string' && value.trim() !== '',
  };
}

export function oneOf(words: readonly string[], options: { required?: boolean } = {}): PropertyRule {
  return {
    ...options,
    expected: `one of ${words.join(', ')}`,
    test: (value) => typeof value === 'string' && words.includes(value),
  };
}

export function boolean(options: { required?: boolean } = {}): PropertyRule {
  return { ...options, expected: 'true or false', test: (value) => typeof value === 'boolean' };
}

/** Reads a property whose rule has already held; anything else is a mistake in the lab. */
export function textIn(body: { [property: string]: unknown }, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new TypeError(`'${name}' was not checked to be a string.`);
  return value;
}
