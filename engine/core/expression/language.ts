import { createHash } from 'node:crypto';

import { Environment, Optional } from '@marcbachmann/cel-js';

import { ExpressionError } from './expression-error.ts';
import { canonicalJson } from './functions/canonical-json.ts';
import { cidrContains } from './functions/cidr-contains.ts';
import { domainOf } from './functions/domain-of.ts';
import { glob } from './functions/glob.ts';
import { urlEncode } from './functions/url-encode.ts';
import { structureLimits } from './limits.ts';
import { durationText, timestampText, toPlainJson } from './to-plain-json.ts';

const timestamp = 'google.protobuf.Timestamp';
const duration = 'google.protobuf.Duration';

/*
 * The language: standard CEL as the library has it, mixed numbers (7.4) and our functions (7.2).
 * Built once and never changed after; it holds no data of any expression. All names are dynamic
 * here: `check-expression.ts` brings the types of the names itself.
 */
export const language = forgetElementTypes(
  extend(
    new Environment({
      unlistedVariablesAreDyn: true,
      homogeneousAggregateLiterals: false,
      enableOptionalTypes: true,
      limits: {
        maxAstNodes: structureLimits.nodes,
        maxDepth: structureLimits.depth,
        maxListElements: structureLimits.literalElements,
        maxMapEntries: structureLimits.literalElements,
        maxCallArguments: structureLimits.callArguments,
      },
    }),
  ),
);

function extend(env: Environment): Environment {
  mixNumbers(env);
  const sync = { async: false };
  env
    .registerFunction('lower(string): string', (text: string) => text.toLowerCase(), sync)
    .registerFunction('sha256(string): string', sha256, sync)
    .registerFunction('to_json(dyn): string', (value: unknown) => canonicalJson(toPlainJson(value)), sync)
    .registerFunction('url_encode(string): string', urlEncode, sync)
    .registerFunction('glob(string, string): bool', glob, sync)
    .registerFunction('cidr_contains(string, string): bool', cidrContains, sync)
    .registerFunction('domain_of(string): string', domainOf, sync)
    .registerFunction(`string(${timestamp}): string`, timestampText, sync)
    .registerFunction(`string(${duration}): string`, durationText, sync);
  for (let count = 1; count <= structureLimits.callArguments; count += 1) {
    const parameters = Array.from({ length: count }, () => 'dyn').join(', ');
    env.registerFunction(`coalesce(${parameters}): dyn`, coalesce, sync);
  }
  declareReplaced(env);
  return env;
}

/*
 * Known to the type checker here, evaluated by `replaced-calls.ts`: they need the time of the
 * evaluation or the pattern compiled beforehand, or the library's own reading is too generous.
 */
function declareReplaced(env: Environment): void {
  const replaced = () => {
    throw new ExpressionError('this call has no replacement in this program');
  };
  for (const signature of [
    `now(): ${timestamp}`,
    're_match(string, string): bool',
    `timestamp(${timestamp}): ${timestamp}`,
    `int(${timestamp}): int`,
    `duration(${duration}): ${duration}`,
  ]) {
    env.registerFunction(signature, replaced, { async: false });
  }
}

function mixNumbers(env: Environment): void {
  type Arithmetic = (a: number, b: number) => number;
  const operators: [string, Arithmetic][] = [
    ['+', (a, b) => a + b],
    ['-', (a, b) => a - b],
    ['*', (a, b) => a * b],
    ['/', (a, b) => a / b],
  ];
  for (const [operator, apply] of operators) {
    const handler = (a: bigint | number, b: bigint | number) => apply(Number(a), Number(b));
    env.registerOperator(`int ${operator} double: double`, handler);
    env.registerOperator(`double ${operator} int: double`, handler);
  }
  env.registerOperator('int == double', compareNumbers);
  const isIn = (value: bigint | number, list: unknown[]) => list.some((item) => compareNumbers(value, item));
  // Elements of data are of unknown type (see below), those of a literal are known; the library wants
  // exactly one overload for each pair.
  for (const number of ['int', 'double']) {
    for (const elements of ['list<int>', 'list<double>'])
      env.registerOperator(`${number} in ${elements}`, isIn);
    for (const elements of ['list<int>', 'list<double>', 'list']) {
      env.registerOperator(`dyn<${number}> in ${elements}`, isIn);
    }
  }
}

function compareNumbers(a: bigint | number, b: unknown): boolean {
  return (typeof b === 'number' || typeof b === 'bigint') && a >= b && a <= b;
}

interface Evaluator {
  debugType(value: unknown): unknown;
  debugTypeDeep(value: unknown): unknown;
}

/*
 * To choose an overload the library looks into a list or map for the type of its first element, and
 * of that one's, and keeps every type it ever met for the life of the process. The shape of an alert
 * is the sender's choice, so that memory would be too. No overload that matters at run time depends on elements.
 */
function forgetElementTypes(env: Environment): Environment {
  const probe = env.parse('true');
  let evaluator: Evaluator | undefined;
  Object.defineProperty(probe.ast, 'evaluate', {
    value: (given: Evaluator) => {
      evaluator = given;
    },
  });
  probe({});
  if (typeof evaluator?.debugTypeDeep !== 'function')
    throw new Error('the expression library finds types another way');
  const { debugType } = evaluator;
  evaluator.debugTypeDeep = debugType;
  return env;
}

/** The first argument that is there and not null; null if there is none. Optionals are opened. */
function coalesce(...values: unknown[]): unknown {
  for (const value of values) {
    const opened = value instanceof Optional ? (value.hasValue() ? value.value() : null) : value;
    if (opened !== null) return opened;
  }
  return null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
