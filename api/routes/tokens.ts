import { mayGrant } from '../../engine/core/identity/may-grant.ts';
import { roles as allRoles, mayI } from '../../engine/core/identity/rights.ts';
import type { TokenId } from '../../schemas/ids.ts';
import { doorOf } from '../http/door-of.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { accepted, Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { flag, object, oneOf, page, text } from '../openapi/schema-words.ts';
import { tokenSchema } from '../openapi/token-schema.ts';
import { roleList } from './people.ts';

const dayMs = 24 * 60 * 60 * 1000;

// A token proves nothing about now, so none of them decides alone.
const carried = allRoles.filter((role) => role !== 'break-glass');

export const tokenRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/tokens',
    operationId: 'listTokens',
    summary: 'Tokens without their secrets: all of them, or the own ones.',
    permission: 'tokens.own',
    query: {
      ...queries.paging,
      createdByLeft: {
        schema: flag,
        description: 'Only those whose maker has, or has not, been deactivated since.',
      },
      works: { schema: flag, description: 'Only those that let somebody in, or only the others.' },
    },
    answers: {
      200: { description: 'A page, newest first.', schema: page(tokenSchema) },
    },
    async handle(request, { identity }) {
      const { caller } = request;
      const all = mayI(caller, 'tokens.manage');
      if (!all.allowed && caller.personId === null) throw new Problem(all.code, all.reason);
      const { createdByLeft, works } = request.query;
      const filter = {
        personId: all.allowed ? null : caller.personId,
        createdByLeft: typeof createdByLeft === 'boolean' ? createdByLeft : undefined,
        works: typeof works === 'boolean' ? works : undefined,
      };
      const answer = await identity.listTokens(filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/tokens',
    operationId: 'createToken',
    summary: 'A token, shown once: one that speaks as the caller, or one for a service.',
    permission: 'tokens.own',
    secretAnswer: true,
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          kind: oneOf(['person', 'service']),
          name: { type: 'string', minLength: 1, maxLength: 200 },
          roles: { ...roleList, minItems: 1, items: oneOf(carried) },
          days: { type: 'integer', minimum: 1, maximum: 90, default: 90 },
        },
        ['kind', 'days'],
      ),
    },
    answers: {
      201: {
        description: 'The only time it is shown.',
        schema: object({ token: tokenSchema, secret: text }),
      },
    },
    async handle({ caller, body }, { identity }) {
      const { kind = 'person', name, roles, days = 90 } = body as NewTokenBody;
      if (kind === 'service') {
        const manage = mayI(caller, 'tokens.manage');
        if (!manage.allowed) throw new Problem(manage.code, manage.reason);
      } else {
        // Never for somebody else: that would be acting as them.
        if (caller.personId === null)
          throw new Problem('auth/forbidden', 'A service has no person to speak as.');
        const missing = roles.find((role) => !caller.roles.includes(role));
        if (missing !== undefined)
          throw new Problem('auth/forbidden', `You do not have the role ${missing}.`);
      }
      const grant = mayGrant(caller, roles);
      if (!grant.allowed) throw new Problem(grant.code, grant.reason);
      const made = await identity.createToken(doorOf(caller), {
        personId: kind === 'service' ? null : caller.personId,
        name,
        roles,
        lifeMs: days * dayMs,
        ...(caller.tokenId !== undefined && kind === 'person' && { throughToken: caller.tokenId as TokenId }),
      });
      const { token, secret } = accepted(made);
      return {
        status: 201,
        body: { token, secret },
        headers: { Location: `/v1/tokens/${token.id}` },
      };
    },
  },
  {
    method: 'delete',
    path: '/v1/tokens/{id}',
    operationId: 'revokeToken',
    summary: 'Ends a token at once. Repeating it is fine.',
    permission: 'tokens.own',
    answers: { 204: { description: 'It is nothing any more.' } },
    async handle({ caller, params }, { identity }) {
      const all = mayI(caller, 'tokens.manage').allowed;
      if (!all && caller.personId === null) throw new Problem('auth/forbidden');
      const id = params.id as TokenId;
      accepted(await identity.revokeToken(doorOf(caller), id, all ? null : caller.personId));
      return { status: 204 };
    },
  },
];

interface NewTokenBody {
  kind?: 'person' | 'service';
  name: string;
  roles: string[];
  days?: number;
}
