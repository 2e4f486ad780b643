import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

/*
 * What a schema says about the place of a value, as far as layout goes: which keys there are and in
 * which order, and whether the value is an expression. The order of `properties` in the schema is the
 * canonical order, so that schema, reference and formatted files read alike.
 */

export interface Shape {
  /** Known keys in canonical order; empty where the author names the keys. */
  keys: readonly string[];
  /** The value is an expression by definition (T5). */
  isExpression: boolean;
  child(key: string): Shape;
  item(): Shape;
}

/** In files without a schema everything keeps its order. */
export const shapeless: Shape = {
  keys: [],
  isExpression: false,
  child: () => shapeless,
  item: () => shapeless,
};

/*
 * Its own order, because the schema groups the fields of a step by kind: who it is, when it runs, what
 * it does, how long, who is asked, what comes after, and the nested steps last.
 */
export const stepKeys: readonly string[] = [
  ...['id', 'name', 'description', 'if'],
  ...['action', 'connection', 'call', 'foreach', 'as', 'key', 'max_items', 'max_parallel', 'on_item_error'],
  ...['collect', 'wait', 'set', 'undo', 'reason', 'stop', 'with', 'attach'],
  ...['timeout', 'deadline', 'retry', 'approval', 'on_denied', 'lease', 'rollback', 'mask'],
  ...['then', 'else', 'switch', 'default', 'repeat', 'parallel', 'join', 'steps', 'on_error'],
];

export function shapeOf(schema: JsonObject): Shape {
  return makeShape(schema, viewsOf(schema, schema));
}

function makeShape(root: JsonObject, views: readonly JsonObject[]): Shape {
  const definitions = isJsonObject(root.$defs) ? root.$defs : {};
  const below = (found: readonly (Json | undefined)[]) =>
    found.length === 0
      ? shapeless
      : makeShape(
          root,
          found.flatMap((schema) => viewsOf(root, schema)),
        );
  return {
    keys: views.some((view) => view === definitions.step)
      ? stepKeys
      : [
          ...new Set(
            views.flatMap(({ properties }) => (isJsonObject(properties) ? Object.keys(properties) : [])),
          ),
        ],
    isExpression: views.some((view) => view === definitions.expression),
    child: (key) =>
      below(
        views.flatMap(({ properties, additionalProperties }) => {
          if (isJsonObject(properties) && Object.hasOwn(properties, key)) return [properties[key]];
          return isJsonObject(additionalProperties) ? [additionalProperties] : [];
        }),
      ),
    item: () => below(views.flatMap(({ items }) => (isJsonObject(items) ? [items] : []))),
  };
}

/** A schema with everything it refers to and every branch it may take; which one holds does not matter here. */
function viewsOf(root: JsonObject, schema: Json | undefined, seen = new Set<Json>()): JsonObject[] {
  if (!isJsonObject(schema) || seen.has(schema)) return [];
  seen.add(schema);
  const { $ref, allOf, anyOf, oneOf, then, else: otherwise } = schema;
  const next = [
    typeof $ref === 'string' ? definitionOf(root, $ref) : undefined,
    ...[allOf, anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : [])),
    then,
    otherwise,
  ];
  return [schema, ...next.flatMap((one) => viewsOf(root, one, seen))];
}

function definitionOf(root: JsonObject, ref: string): Json | undefined {
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1];
  return name !== undefined && isJsonObject(root.$defs) ? root.$defs[name] : undefined;
}
