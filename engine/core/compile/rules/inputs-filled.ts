import type { Problem } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import { compilePattern } from '../../expression/functions/compile-pattern.ts';
import { createValidator } from '../../schema/create-validator.ts';
import type { Rule } from '../context.ts';
import { inputSchema } from '../input-schema.ts';
import { renameKey } from '../rename-key.ts';
import {
  field,
  listField,
  mapField,
  type SourceField,
  type SourceNode,
  type SourceScalar,
  scalarField,
  textField,
  toJson,
} from '../source-node.ts';

/** Every input can be filled by every trigger, its default fits it, and `from` names real triggers. */
export const inputsFilled: Rule = ({ source }) => {
  const triggers = listField(source.root, 'triggers').map((node) => ({
    id: textField(node, 'id'),
    byHand: textField(node, 'type') === 'manual',
  }));
  const ids = triggers.flatMap(({ id }) => id ?? []);
  return [...(mapField(source.root, 'inputs')?.fields.values() ?? [])].flatMap((input) => {
    const unknown = unknownTriggers(input, ids, source.text);
    // A misnamed trigger leaves the right one without a value: that is the same slip.
    const missing = unknown.length > 0 ? [] : unfilled(input, triggers);
    return [...unknown, ...missing, ...misfit(input), ...badPatterns(input.value)];
  });
};

function unknownTriggers(input: SourceField, ids: readonly string[], text: string): Problem[] {
  const from = mapField(input.value, 'from');
  if (!from) return [];
  return [...from.fields.values()].flatMap(({ key, keyAt, value }) => {
    if (ids.includes(key)) return [];
    const meant = nearestName(key, ids);
    return [
      {
        code: 'compile/unknown-name',
        at: keyAt,
        path: value.path,
        message: `"from" names the trigger "${key}", which does not exist`,
        ...renameKey(from, key, meant, text, 'give the trigger an "id"'),
      },
    ];
  });
}

/** A person is asked for what is missing; an alert cannot be. */
function unfilled(
  input: SourceField,
  triggers: readonly { id: string | undefined; byHand: boolean }[],
): Problem[] {
  const from = field(input.value, 'from');
  if (field(input.value, 'default') || (from && from.kind !== 'map')) return [];
  const without = triggers.filter(
    ({ id, byHand }) => !byHand && !(id !== undefined && from?.kind === 'map' && from.fields.has(id)),
  );
  return without.slice(0, 1).map(({ id }) => ({
    code: 'compile/missing-field',
    at: input.keyAt,
    path: input.value.path,
    message: `input "${input.key}" has no value when ${id === undefined ? 'a trigger' : `trigger "${id}"`} starts a run`,
    help: 'add "from" for that trigger, or a "default"',
  }));
}

function misfit(input: SourceField): Problem[] {
  const given = field(input.value, 'default');
  if (!given || input.value.kind !== 'map') return [];
  return validateWith(input)(toJson(given)).map(({ message }) => ({
    code: 'compile/invalid-value',
    at: given.at,
    path: given.path,
    message: `the default of input "${input.key}" ${message}`,
  }));
}

function validateWith(input: SourceField): ReturnType<typeof createValidator> {
  try {
    return createValidator(inputSchema(input.value));
  } catch {
    // The declaration itself is malformed; the shape check or `badPatterns` says how.
    return () => [];
  }
}

/** Patterns are RE2, which matches in linear time: no look-around, no back-references. */
function badPatterns(node: SourceNode): Problem[] {
  const pattern = scalarField(node, 'pattern');
  const own = typeof pattern?.value === 'string' ? patternProblem(pattern, pattern.value) : [];
  const nested = [
    field(node, 'items'),
    ...[...(mapField(node, 'properties')?.fields.values() ?? [])].map(({ value }) => value),
  ];
  return [...own, ...nested.flatMap((inner) => (inner ? badPatterns(inner) : []))];
}

function patternProblem(node: SourceScalar, source: string): Problem[] {
  try {
    compilePattern(source);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it is not an RE2 pattern';
    return [
      {
        code: 'compile/invalid-value',
        at: node.at,
        path: node.path,
        message: `the pattern cannot be used: ${reason}`,
      },
    ];
  }
}
