import type { JsonObject } from '../../../../schemas/json.ts';
import { describeType, typeFromSchema, type ValueType } from '../../expression/value-type.ts';
import type { Rule } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

/** T9: a whole-value expression keeps its type, so it must be one that the argument takes. */
export const argumentType: Rule = ({ expressions, source }) =>
  expressions.flatMap((site) => {
    if (!site.argument) return [];
    const { name, schema } = site.argument;
    const given: ValueType = site.joined ? { t: 'string' } : site.result.type;
    if (fits(given, schema)) return [];
    return [
      {
        code: 'compile/invalid-argument',
        at: expressionSpan(site, { start: 0, end: site.expr.length }, source.text),
        path: site.scalar.path,
        message: `argument "${name}" takes ${describeType(typeFromSchema(schema))}, this gives ${describeType(given)}`,
        help: 'there is no coercion; convert it in the expression',
      },
    ];
  });

/** JSON types that a value of this type can have; null when nothing is known. */
function jsonTypes(type: ValueType): readonly string[] | null {
  switch (type.t) {
    case 'dyn':
    case 'optional':
      return null;
    case 'int':
      return ['integer', 'number'];
    case 'double':
      // 5.0 is a whole number in JSON; which one it is shows at run time.
      return ['number', 'integer'];
    case 'bool':
      return ['boolean'];
    case 'list':
      return ['array'];
    case 'map':
      return ['object'];
    case 'null':
      return ['null'];
    case 'string':
    case 'timestamp':
    case 'duration':
    case 'bytes':
      return ['string'];
  }
}

function fits(given: ValueType, schema: JsonObject): boolean {
  const possible = jsonTypes(given);
  const taken = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (possible === null || schema.type === undefined) return true;
  return taken.some((type) => typeof type === 'string' && possible.includes(type));
}
