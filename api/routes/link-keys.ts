import { accepted } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { kibibyte } from '../http/route.ts';
import { flag, integer, nullable, object, time } from '../openapi/schema-words.ts';

export const linkKeyRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/settings/link-keys',
    operationId: 'changeLinkKey',
    summary:
      'Sign links of notifications with a new key. Earlier links go on working, or with `revoke` none does.',
    permission: 'people.manage',
    body: {
      types: ['application/json'],
      bytesMax: kibibyte,
      required: true,
      schema: object({ revoke: flag }, ['revoke']),
    },
    answers: {
      201: {
        description: 'The new key signs from now on.',
        schema: object({ key: integer, oldUntil: nullable(time) }),
      },
    },
    async handle({ caller, body }, { useCases }) {
      const { revoke = false } = body as { revoke?: boolean };
      const { key, oldUntil } = accepted(await useCases.changeLinkKey(caller, { revoke }));
      return { status: 201, body: { key, oldUntil } };
    },
  },
];
