/*
 * Every function and method an expression may call. The list is closed: a new version of the
 * library cannot widen the language, and what is left out is left out on purpose:
 *
 * - `matches` runs on the backtracking regular expressions of JavaScript (see `re_match`);
 * - `cel.bind` doubles its value at each level, so 24 levels make a list of 16 million;
 * - `uint` reads empty text as 0, and no value of a playbook is unsigned;
 * - `bytes.json` parses JSON with the library's own rules for keys and numbers.
 */
export const functionNames: ReadonlySet<string> = new Set([
  ...['size', 'type', 'dyn', 'bool', 'int', 'double', 'string', 'bytes', 'timestamp', 'duration', 'has'],
  ...[
    're_match',
    'glob',
    'cidr_contains',
    'domain_of',
    'lower',
    'sha256',
    'to_json',
    'url_encode',
    'now',
    'coalesce',
  ],
]);

export const methodNames: ReadonlySet<string> = new Set([
  ...['all', 'exists', 'exists_one', 'map', 'filter'],
  ...['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'split', 'join'],
  ...['orValue', 'or', 'hasValue', 'value', 'of', 'none'],
  ...['hex', 'base64', 'string'],
  ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
]);

/** Names that CEL has taken for its types and name spaces; data under such a name cannot be reached. */
export const constantNames: ReadonlySet<string> = new Set([
  ...['string', 'bool', 'int', 'uint', 'double', 'map', 'list', 'bytes', 'null_type', 'type'],
  ...['google', 'cel', 'optional'],
]);

const words: ReadonlySet<string> = new Set([
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
  ],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while', '__proto__', 'prototype'],
]);

/** True if no input, variable, step, loop variable or trigger element may be called so. */
export function isReservedName(name: string): boolean {
  return words.has(name) || constantNames.has(name);
}
