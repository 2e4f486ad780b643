import alertSchema from '../../../../schemas/alert.schema.json' with { type: 'json' };
import { isJsonObject, type Json } from '../../../../schemas/json.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import { indexedNeeds } from '../../expression/read-conjuncts.ts';
import type { Rule } from '../context.ts';
import { expressionSpan, readExpression } from '../read-template.ts';
import { listField, scalarField, textField } from '../source-node.ts';

/**
 * A trigger that demands what no event can have: two different words for one field, or a word that
 * the field's list does not have. Only comparisons with texts are read; what is not recognised may match.
 */
export const neverMatches: Rule = ({ source }) =>
  listField(source.root, 'triggers').flatMap((trigger) => {
    const scalar = scalarField(trigger, 'match');
    const written = scalar && readExpression(scalar);
    if (!written) return [];
    const impossible = impossibleNeed(written.expr, textField(trigger, 'type') ?? '');
    if (impossible === null) return [];
    return [
      {
        code: 'match/never' as const,
        at: expressionSpan(written, { start: 0, end: written.expr.length }, source.text),
        path: written.scalar.path,
        ...impossible,
      },
    ];
  });

function impossibleNeed(match: string, type: string): { message: string; help?: string } | null {
  const left = new Map<string, readonly string[]>();
  for (const { path, values } of indexedNeeds(match, 'alert')) {
    const listed = type.startsWith('alert.') ? wordsOf(path) : null;
    if (listed !== null && !values.some((value) => listed.includes(value))) {
      const meant = nearestName(values[0] ?? '', listed);
      return {
        message: `no alert has ${path} ${quoted(values)}`,
        help: meant === null ? `it is one of ${listed.join(', ')}` : `did you mean "${meant}"?`,
      };
    }
    const before = left.get(path);
    const both = before === undefined ? values : values.filter((value) => before.includes(value));
    if (before !== undefined && both.length === 0)
      return { message: `${path} cannot be ${quoted(before)} and ${quoted(values)} at once` };
    left.set(path, both);
  }
  return null;
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(' or ');
}

/** The words a field of an alert is limited to; null when it may be any text. */
function wordsOf(path: string): string[] | null {
  let schema: Json | undefined = alertSchema as unknown as Json;
  for (const key of path.split('.').slice(1)) {
    const properties: Json | undefined = isJsonObject(schema) ? schema.properties : undefined;
    schema = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  }
  const words = isJsonObject(schema) ? schema.enum : undefined;
  return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null;
}
