import type { Route } from '../http/route.ts';
import { anything, list, nullable, object, text } from '../openapi/schema-words.ts';

export const issuerRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/issuers',
    operationId: 'listIssuers',
    summary: 'Whose tokens programs may come in with (`RIPOSTE_ISSUERS`), and what each rule gives.',
    permission: 'tokens.manage',
    answers: {
      200: {
        description: 'As this process has read them when it started.',
        schema: object({
          issuers: list(
            object({
              issuer: text,
              audience: text,
              jwks: nullable(text),
              rules: list(
                object({
                  name: text,
                  claims: list(
                    object({ claim: text, is: list(anything), startsWith: text }, ['is', 'startsWith']),
                  ),
                  roles: list(text),
                }),
              ),
            }),
          ),
        }),
      },
    },
    handle: (_request, { workloads }) => ({
      status: 200,
      body: { issuers: workloads?.issuers ?? [] } as never,
    }),
  },
];
