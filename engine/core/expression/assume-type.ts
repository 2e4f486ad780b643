import type { Node } from './syntax.ts';
import type { ValueType } from './value-type.ts';

/*
 * The library's own record types are closed, cannot be compared with null and are no maps, so
 * `size(steps.x.outputs)` or an open object could not be checked with them. Field types are
 * therefore resolved here (`check-types.ts`) and handed to the library's checker node by node,
 * through the node's own method `check(checker)`. `tests/expression/check-expression.test.ts` fails
 * if a new version stops calling it.
 */
interface Checker {
  getType(name: string): unknown;
  check(node: Node, context: unknown): unknown;
}

/** The library's type checker takes `type` for this node; of what is below it, it looks at `operands`. */
export function assumeType(node: Node, type: ValueType, operands: readonly Node[]): void {
  const name = engineName(type);
  Object.defineProperty(node, 'check', {
    configurable: true,
    value: (checker: Checker, _: Node, context: unknown) => {
      for (const operand of operands) checker.check(operand, context);
      return checker.getType(name);
    },
  });
}

function engineName(type: ValueType): string {
  switch (type.t) {
    case 'list':
      return `list<${engineName(type.of)}>`;
    case 'optional':
      // `score.orValue(0)` is what people write for a number; the strict pair would be refused.
      return `optional<${type.of.t === 'double' ? 'dyn' : engineName(type.of)}>`;
    case 'timestamp':
      return 'google.protobuf.Timestamp';
    case 'duration':
      return 'google.protobuf.Duration';
    default:
      return type.t;
  }
}

/** The library's name of a type, as its checker reports it. */
export function typeFromEngineName(name: string): ValueType {
  const generic = /^(list|map|optional|dyn)(?:<(.+)>)?$/.exec(name);
  const [, kind, inner = 'dyn'] = generic ?? [];
  if (kind === 'list') return { t: 'list', of: typeFromEngineName(inner) };
  if (kind === 'map') return { t: 'map', fields: {}, open: true };
  if (kind === 'optional') return { t: 'optional', of: typeFromEngineName(inner) };
  switch (name) {
    case 'null':
    case 'bool':
    case 'int':
    case 'double':
    case 'string':
    case 'bytes':
      return { t: name };
    case 'uint':
      return { t: 'int' };
    case 'google.protobuf.Timestamp':
      return { t: 'timestamp' };
    case 'google.protobuf.Duration':
      return { t: 'duration' };
    default:
      return { t: 'dyn' };
  }
}
