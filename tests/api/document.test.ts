import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { statusOf } from '../../api/http/status-of.ts';
import { assembleDocument } from '../../api/openapi/assemble-document.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { type Code, codes } from '../../schemas/codes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { startApi } from './start-api.ts';

const api = await startApi();
const document = assembleDocument(allRoutes);

describe('the document', () => {
  test('is served to everybody and is the one that validates', async () => {
    const answer = await api.call('GET', '/openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test('has every route with its permission, and every operation a name of its own', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(allRoutes.length);
    const names = operations.map((operation) => (operation as JsonObject).operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  test('agrees with the table of api/README.md, in both directions', async () => {
    const readme = await readFile(new URL('../../api/README.md', import.meta.url), 'utf8');
    const written = [...readme.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| (?:`([^`]+)`|everybody) \|/gm)];
    const expected = allRoutes.map(
      ({ method, path, permission }) => `${method.toUpperCase()} ${path} ${permission}`,
    );
    expect(written.map(([, route, permission = 'public']) => `${route} ${permission}`).sort()).toEqual(
      expected.sort(),
    );
  });

  test('refers only to what it holds', () => {
    const refs = [...refsOf(document)];
    expect(refs.length).toBeGreaterThan(5);
    for (const ref of refs) {
      const found = ref
        .slice(2)
        .split('/')
        .reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), document);
      expect(found, ref).toBeDefined();
    }
  });

  test('has schemas that are schemas', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    for (const route of allRoutes) {
      for (const { schema } of Object.values(route.answers)) if (schema) ajv.compile(schema);
      if (route.body) ajv.compile(route.body.schema);
      for (const { schema } of Object.values(route.query ?? {})) ajv.compile(schema);
    }
  });

  function* refsOf(value: Json): Generator<string> {
    if (Array.isArray(value)) for (const item of value) yield* refsOf(item);
    else if (isJsonObject(value)) {
      for (const [key, field] of Object.entries(value)) {
        if (key === '$ref' && typeof field === 'string') yield field;
        else yield* refsOf(field);
      }
    }
  }
});

describe('codes', () => {
  test('each has an error status', () => {
    for (const code of Object.keys(codes) as Code[]) {
      const status = statusOf(code);
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
    }
  });
});
