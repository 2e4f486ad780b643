import { accountEventKinds } from '../../engine/core/identity/account-event.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { found, Problem } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { map, nullable, object, oneOf, page, text, time } from '../openapi/schema-words.ts';

const accountEventSchema = object({
  id: text,
  personId: text,
  at: time,
  kind: oneOf(accountEventKinds),
  by: object({ kind: text, id: text, name: nullable(text), channel: text }),
  subject: nullable(object({ id: text, name: nullable(text) })),
  facts: map,
  usedAt: nullable(time),
  acknowledgedAt: nullable(time),
  confirmedAt: nullable(time),
  disputedAt: nullable(time),
});

const answers = {
  200: { description: 'A page, newest first, of the last 90 days.', schema: page(accountEventSchema) },
};

/** For reading alone: a token that somebody else made must not say in its person's name that all is in order. */
export const accountEventRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/me/account-events',
    operationId: 'listOwnAccountEvents',
    summary:
      'What happened to your account: passkeys, tokens, sign-in links, roles, groups, linked accounts. The console is where you say that it is in order, or that it was not you.',
    permission: 'stops.read',
    query: queries.paging,
    answers,
    async handle(request, { identity }) {
      const { personId } = request.caller;
      if (personId === null) throw new Problem('auth/forbidden', 'A service has no account of a person.');
      const answer = await identity.listAccountEvents(personId, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'get',
    path: '/v1/people/{id}/account-events',
    operationId: 'listAccountEvents',
    summary: 'What happened to the account of this person, and what they said to it.',
    permission: 'people.read',
    query: queries.paging,
    answers,
    async handle(request, { identity }) {
      const { id } = found(await identity.readPerson(request.params.id as PersonId));
      const answer = await identity.listAccountEvents(id, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
];
