import { mayGrant } from '../../engine/core/identity/may-grant.ts';
import { roles } from '../../engine/core/identity/rights.ts';
import type { PersonChange } from '../../engine/runtime/identity/change-person.ts';
import type { PersonId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import type { Deps } from '../http/deps.ts';
import { doorOf } from '../http/door-of.ts';
import { judgePersonChange, personTag } from '../http/judge-person-change.ts';
import { pageAnswer, pageOf, queries, text as textOf } from '../http/list-query.ts';
import { accepted, found, Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { seenDigest } from '../http/seen-digest.ts';
import { flag, list, nullable, object, oneOf, page, text, time } from '../openapi/schema-words.ts';
import { tokenSchema } from '../openapi/token-schema.ts';

const personFields: { [name: string]: JsonObject } = {
  id: text,
  name: text,
  email: nullable(text),
  roles: list(text),
  groups: list(text),
  active: flag,
  createdAt: time,
};

const personSchema = object(personFields);

/** Of who is deactivated: it is said here, because nobody looks for it later. */
const changedSchema = object({ ...personFields, serviceTokens: list(tokenSchema) }, ['serviceTokens']);

const linkFields: { [name: string]: JsonObject } = {
  signInLink: text,
  linkExpiresAt: time,
};

export const roleList: JsonObject = {
  type: 'array',
  uniqueItems: true,
  maxItems: roles.length,
  items: oneOf(roles),
};

const groupList: JsonObject = {
  type: 'array',
  uniqueItems: true,
  maxItems: 50,
  items: { type: 'string', pattern: '^[a-z0-9][a-z0-9:_-]{0,63}$' },
};

const tagHeader = { ETag: 'What the next change of roles or groups has to name in If-Match.' };

function mustGrant(caller: IdentifiedCaller, wanted: readonly string[]): void {
  const verdict = mayGrant(caller, wanted);
  if (!verdict.allowed) throw new Problem(verdict.code, verdict.reason);
}

async function linkFor(deps: Deps, caller: IdentifiedCaller, personId: PersonId) {
  // Whoever holds a link is that person: an operator with links would be their own second approver.
  if (!caller.roles.includes('admin')) {
    throw new Problem('auth/forbidden', 'Only an administrator makes sign-in links.');
  }
  const { secret, expiresAt } = accepted(await deps.identity.createSignInLink(doorOf(caller), personId));
  const url = deps.signInUrl?.(secret) ?? `${deps.publicUrl}/sign-in/${secret}`;
  return { signInLink: url, linkExpiresAt: expiresAt };
}

export const peopleRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/people',
    operationId: 'listPeople',
    summary: 'Everybody who can or could sign in, by name.',
    permission: 'people.read',
    query: {
      ...queries.paging,
      active: { schema: flag, description: 'Only those who may, or may not, sign in.' },
      q: { ...queries.search, description: 'Text in the name or the address.' },
    },
    answers: {
      200: { description: 'A page.', schema: page(personSchema) },
    },
    async handle(request, { identity }) {
      const { active, q } = request.query;
      const filter = { active: typeof active === 'boolean' ? active : undefined, q: textOf(q) };
      const answer = await identity.listPeople(filter, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path: '/v1/people',
    operationId: 'createPerson',
    summary: 'A new person, with a link that signs them in once.',
    permission: 'people.manage',
    secretAnswer: true,
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: object(
        {
          name: { type: 'string', minLength: 1, maxLength: 200 },
          email: {
            type: ['string', 'null'],
            maxLength: 254,
            pattern: '^[^\\s@]+@[^\\s@]+$',
          },
          roles: roleList,
          groups: groupList,
        },
        ['email', 'groups'],
      ),
    },
    answers: {
      201: {
        description: 'Created.',
        schema: object({ person: personSchema, ...linkFields }, Object.keys(linkFields)),
      },
    },
    async handle({ caller, body }, deps) {
      const { name, email = null, roles: wanted, groups = [] } = body as NewPersonBody;
      mustGrant(caller, wanted);
      const created = await deps.identity.createPerson(doorOf(caller), {
        name,
        email,
        roles: wanted,
        groups,
      });
      const { person } = accepted(created);
      const link = caller.roles.includes('admin') ? await linkFor(deps, caller, person.id) : {};
      return {
        status: 201,
        body: { person, ...link },
        headers: { Location: `/v1/people/${person.id}` },
      };
    },
  },
  {
    method: 'get',
    path: '/v1/people/{id}',
    operationId: 'readPerson',
    summary: 'One person. The ETag is what a change of roles or groups has to name.',
    permission: 'people.read',
    answers: { 200: { description: 'The person.', schema: personSchema, headers: tagHeader } },
    async handle({ params }, { identity }) {
      const person = found(await identity.readPerson(params.id as PersonId));
      return { status: 200, body: person, headers: personTag(person) };
    },
  },
  {
    method: 'patch',
    path: '/v1/people/{id}',
    operationId: 'changePerson',
    summary:
      'Change roles or groups, or deactivate, which ends their sessions, links, passkeys and own tokens for good; the answer names what they made for services, which works on. Counts from their next request on. Roles and groups take the If-Match of what was read.',
    permission: 'people.manage',
    body: {
      types: ['application/json'],
      bytesMax: 256 * kibibyte,
      required: true,
      schema: {
        ...object({ roles: roleList, groups: groupList, active: flag }, ['roles', 'groups', 'active']),
        minProperties: 1,
      },
    },
    answers: {
      200: {
        description:
          'Changed. Of somebody deactivated `serviceTokens` has the newest 200 that they made for services and that work on.',
        schema: changedSchema,
        headers: tagHeader,
      },
    },
    async handle({ caller, params, body, header }, { identity }) {
      const change = body as PersonChange;
      const id = params.id as PersonId;
      // Rights decide who may approve: nobody gives them to themselves.
      if (id === caller.personId && (change.roles !== undefined || change.groups !== undefined)) {
        throw new Problem('auth/forbidden', 'Somebody else has to change your roles and groups.');
      }
      const listed = change.roles !== undefined || change.groups !== undefined;
      // Whole lists take the place of whole lists; putting somebody out takes the place of nothing.
      const seen = listed ? seenDigest(header('if-match'), undefined, 'request/precondition-required') : null;
      const judge = judgePersonChange(caller, change, seen);
      const changed = accepted(await identity.changePerson(doorOf(caller), id, change, judge));
      const { person, serviceTokens } = changed;
      const told = person.active ? person : { ...person, serviceTokens };
      return { status: 200, body: told, headers: personTag(person) };
    },
  },
  {
    method: 'post',
    path: '/v1/people/{id}/sign-in-links',
    operationId: 'createSignInLink',
    summary: 'A link that signs this person in once, within 15 minutes.',
    permission: 'people.manage',
    secretAnswer: true,
    answers: {
      201: { description: 'Shown once.', schema: object(linkFields) },
    },
    async handle({ caller, params }, deps) {
      const id = params.id as PersonId;
      const person = await deps.identity.readPerson(id);
      // Whoever holds the link is that person: an operator must not become an administrator.
      mustGrant(caller, person?.roles ?? []);
      return { status: 201, body: await linkFor(deps, caller, id) };
    },
  },
  {
    method: 'delete',
    path: '/v1/people/{id}/accounts',
    operationId: 'unlinkAccount',
    summary:
      'Forgets the account at the identity provider and ends sessions, passkeys and own tokens made since it was linked. The next account with the same checked address is linked. Repeating it is fine.',
    permission: 'people.manage',
    answers: { 204: { description: 'None is linked any more.' } },
    async handle({ caller, params }, { identity }) {
      // Whoever has the next account with that address is that person.
      if (!caller.roles.includes('admin'))
        throw new Problem('auth/forbidden', 'Only an administrator unlinks accounts.');
      accepted(await identity.unlinkAccount(doorOf(caller), params.id as PersonId));
      return { status: 204 };
    },
  },
];

interface NewPersonBody {
  name: string;
  email?: string | null;
  roles: string[];
  groups?: string[];
}
