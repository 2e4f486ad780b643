import { mayI } from '../../engine/core/identity/rights.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { maskConnection } from '../http/mask-connection.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted, found, Problem } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  page,
  permissionFields,
  text,
  time,
} from '../openapi/schema-words.ts';

const path = '/v1/settings/connections';

const rightSchema = object({
  action: text,
  title: text,
  may: oneOf(['yes', 'no', 'unknown']),
  lacks: list(text),
});

const connectionSchema = object({
  id: text,
  system: text,
  name: text,
  health: oneOf(['failing', 'unattended', 'limited', 'works', 'unknown']),
  addresses: nullable({ type: 'object', additionalProperties: text }),
  seenAt: time,
  answeredAt: nullable(time),
  failedAt: nullable(time),
  failureCode: nullable(text),
  failedInARow: integer,
  testedAt: nullable(time),
  test: nullable(
    object({
      state: oneOf(['works', 'limited', 'failing', 'unknown']),
      looks: list(object({ what: text, code: nullable(text), text: nullable(text) })),
      actions: list(rightSchema),
      secrets: list(
        object({
          name: text,
          from: oneOf(['env', 'file', 'vault', 'sops']),
          readable: oneOf(['yes', 'later', 'no']),
        }),
      ),
    }),
  ),
  waiting: flag,
  trouble: list(object({ code: text, says: text, then: text })),
  ...permissionFields,
});

export const connectionRoutes: readonly Route[] = [
  {
    method: 'get',
    path,
    operationId: 'listConnections',
    summary: 'The ways into other systems: whether each works, and which actions may go over it.',
    permission: 'connections.read',
    query: queries.paging,
    answers: {
      200: {
        description:
          'A page, by system and name. Addresses (no paths), and how each secret is kept, for those who may test.',
        schema: page(connectionSchema),
      },
    },
    async handle(request, { read }) {
      const { caller } = request;
      const answer = await read.listConnections(caller.tenant, {}, pageOf(request));
      const permissions = permissionsOf({ test: mayI(caller, 'connections.test') });
      return pageAnswer(
        request,
        answer,
        answer.items.map((item) => ({ ...maskConnection(item, caller), ...permissions })),
      );
    },
  },
  {
    method: 'get',
    path: `${path}/{id}`,
    operationId: 'readConnection',
    summary: 'One of them; its id is its system and its name, such as edr.emea.',
    permission: 'connections.read',
    answers: { 200: { description: 'As in the list.', schema: connectionSchema } },
    async handle({ caller, params }, { read }) {
      const item = found(await read.readConnection(caller.tenant, String(params.id)));
      const permissions = permissionsOf({ test: mayI(caller, 'connections.test') });
      return { status: 200, body: { ...maskConnection(item, caller), ...permissions } };
    },
  },
  {
    method: 'post',
    path: `${path}/{id}/test`,
    operationId: 'testConnection',
    summary: 'Have a worker sign in there, read which rights it has and look at something harmless.',
    permission: 'connections.test',
    answers: {
      200: { description: 'What the test found stands in "test".', schema: connectionSchema },
      202: {
        description: 'No worker has answered within 15 seconds; read it later.',
        schema: connectionSchema,
      },
    },
    async handle({ caller, params }, { read, useCases }) {
      const id = String(params.id);
      const answer = await useCases.testConnection(caller, { id });
      if (!answer.ok && answer.waitSeconds !== undefined)
        throw new Problem(answer.code, answer.detail, {
          headers: { 'Retry-After': String(answer.waitSeconds) },
        });
      const { state } = accepted(answer);
      const item = found(await read.readConnection(caller.tenant, id));
      const permissions = permissionsOf({ test: mayI(caller, 'connections.test') });
      return {
        status: state === 'tested' ? 200 : 202,
        body: { ...maskConnection(item, caller), ...permissions },
      };
    },
  },
];
