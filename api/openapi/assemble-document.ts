import alertSchema from '../../schemas/alert.schema.json' with { type: 'json' };
import type { Json, JsonObject } from '../../schemas/json.ts';
import problemSchema from '../../schemas/problem.schema.json' with { type: 'json' };
import { type LimitName, limitOf } from '../http/limits.ts';
import type { Route } from '../http/route.ts';
import { embedSchema } from './embed-schema.ts';

export interface OpenApiDocument {
  [field: string]: Json;
  openapi: string;
  paths: { [path: string]: JsonObject };
}

/** OpenAPI 3.1 from the route table and the published schemas; the same value validates requests. */
export function assembleDocument(routes: readonly Route[]): OpenApiDocument {
  const paths: { [path: string]: JsonObject } = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method]: operation(route),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Riposte',
      version: '1',
      summary: 'Alerts in, contained hosts out, with approvals and an audit log a stranger can verify.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token, `rip_…`; or a JSON Web Token of an issuer that the operator has named, whose rules say what it may.',
        },
      },
      schemas: {
        ...embedSchema('Alert', alertSchema as JsonObject),
        ...embedSchema('Problem', problemSchema as JsonObject),
      },
    },
  };
}

/** For validating: HEAD is GET without a body, which OpenAPI wants said for each path. */
export function withHead(document: OpenApiDocument): OpenApiDocument {
  const copy = structuredClone(document);
  for (const path of Object.values(copy.paths)) {
    const { get } = path;
    if (get !== undefined)
      path.head = {
        ...(get as JsonObject),
        operationId: `${(get as JsonObject).operationId}Head`,
      };
  }
  return copy;
}

function operation(route: Route): JsonObject {
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: whoMay(route),
    ...(route.permission === 'public' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: requestBody(route.body) }),
    responses: responses(route),
  };
}

function whoMay({ permission, signable }: Route): string {
  if (permission === 'public') return 'Open to everybody.';
  const right = `Needs the permission \`${permission}\``;
  if (signable !== true) return `${right}.`;
  return `${right}; of a trigger that has a secret a signature instead (Standard Webhooks 1.0.0: \`webhook-id\`, \`webhook-timestamp\`, \`webhook-signature\`), and no token.`;
}

function pathParameters(route: Route): JsonObject[] {
  return [...route.path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$' },
  }));
}

function queryParameters(route: Route): JsonObject[] {
  return Object.entries(route.query ?? {}).map(([name, { schema, description }]) => ({
    name,
    in: 'query',
    required: false,
    // Colons and commas stay readable: target=host:H17, status=waiting,running.
    allowReserved: true,
    description,
    schema,
  }));
}

function headerParameters(route: Route): JsonObject[] {
  const own = Object.entries(route.headers ?? {}).map(([name, { schema, description }]) => ({
    ...{ name, in: 'header', required: false },
    ...{ description, schema },
  }));
  if (route.method !== 'post' || route.permission === 'public') return own;
  return [
    ...own,
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description:
        'Kept 24 hours: the same request again gets the stored answer, or is judged again when none was given. A run is started once, whatever died in between.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
  ];
}

function requestBody(body: NonNullable<Route['body']>): JsonObject {
  const content: JsonObject = {};
  for (const type of body.types) {
    content[type] = {
      schema: type === 'application/json' ? body.schema : { type: 'string' },
    };
  }
  return { required: body.required, content };
}

function responses(route: Route): JsonObject {
  const all: JsonObject = {};
  for (const [status, { description, schema, type }] of Object.entries(route.answers)) {
    all[status] = {
      description,
      ...(schema && { content: { 'application/json': { schema } } }),
      // Bytes have no schema in OpenAPI 3.1; their media type says it all.
      ...(type && { content: { [type]: {} } }),
    };
  }
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  if (route.permission !== 'public') all[429] = tooOften(limitOf(route.permission), problem);
  all.default = { description: 'A problem.', content: problem };
  return all;
}

function tooOften(limit: LimitName, content: JsonObject): JsonObject {
  const integer = { type: 'integer', minimum: 1 };
  return {
    description: `More than one caller may ask within a minute (\`${limit}\`), or too many wrong tokens from one address. Nothing was done.`,
    headers: {
      'Retry-After': { description: 'Seconds to wait.', required: true, schema: integer },
      'RateLimit-Policy': {
        description: `In every answer to a caller who is known, as draft-ietf-httpapi-ratelimit-headers-11 has it: \`"${limit}";q=<requests>;w=<seconds>\`.`,
        schema: { type: 'string' },
      },
      RateLimit: {
        description: `In every answer to a caller who is known: \`"${limit}";r=<requests left>;t=<seconds until they are counted anew>\`.`,
        schema: { type: 'string' },
      },
    },
    content,
  };
}
