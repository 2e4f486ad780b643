import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/*
 * Types from schemas: every `<name>.schema.json` beside this file gives `<name>.generated.ts`.
 * `npm run schemas:types` writes them; a test compares.
 */

export interface GeneratedTypes {
  path: string;
  text: string;
}

export async function generateTypes(): Promise<GeneratedTypes[]> {
  const folder = import.meta.dirname;
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.schema.json'))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const schema = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      const body = await compile(plainShape(schema) as JsonObject, schema.title, {
        bannerComment: '',
        additionalProperties: false,
        // Bounded lists would become unions of tuples.
        ignoreMinAndMaxItems: true,
        unknownAny: true,
        style: { singleQuote: true, printWidth: 110 },
      });
      const banner = `/* Generated from ${name} by \`npm run schemas:types\`. Change the schema, not this file. */\n`;
      const imports = /\bJson\b/.test(body) ? "import type { Json } from './json.ts';\n" : '';
      const text = `${banner}${imports}\n${body.trimStart()}`;
      return { path: join(folder, name.replace('.schema.json', '.generated.ts')), text };
    }),
  );
}

// Conditions and editor hints have no TypeScript form; the generator would turn them into noise.
const withoutForm = ['allOf', 'anyOf', 'if', 'then', 'else', 'not', 'patternProperties', 'propertyNames'];
const hints = ['defaultSnippets', 'enumDescriptions', 'examples', 'default'];
// Written names stay as they are: a property may be called `if`.
const maps = ['properties', '$defs'];

/** The part of a schema that TypeScript can say; "any value" becomes `Json`. */
function plainShape(schema: Json): Json {
  if (!isJsonObject(schema)) return schema;
  const shape: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (withoutForm.includes(keyword) || hints.includes(keyword)) continue;
    if (keyword === 'oneOf' && !hasShapes(value)) continue;
    if (keyword === 'oneOf' && Array.isArray(value)) shape[keyword] = value.map(plainShape);
    else if (keyword === 'markdownDescription') shape.description = value;
    else if (maps.includes(keyword) && isJsonObject(value)) shape[keyword] = mapShape(value);
    else if (keyword === 'items' || keyword === 'additionalProperties') shape[keyword] = plainShape(value);
    else shape[keyword] = value;
  }
  const known = ['type', 'enum', 'const', '$ref', 'oneOf', 'properties'].some((keyword) =>
    Object.hasOwn(shape, keyword),
  );
  return known ? shape : { ...shape, tsType: 'Json' };
}

/** Alternatives with fields of their own; those that only require or forbid a field say nothing new. */
function hasShapes(value: Json): boolean {
  return (
    Array.isArray(value) &&
    value.every((item) => isJsonObject(item) && ('properties' in item || '$ref' in item))
  );
}

function mapShape(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, plainShape(schema)]));
}

if (import.meta.main) {
  for (const { path, text } of await generateTypes()) writeFileSync(path, text);
}
