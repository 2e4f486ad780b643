import type { PersonId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { EntryDraft } from '../contracts/entry.ts';

/*
 * Whose account an entry is about, and what its person is told. Made of the entry itself, so that nothing happens to an
 * account that is an entry and not told, or told and not an entry.
 */

/** Stored in `account_events`: renaming one breaks stored rows. */
export const accountEventKinds = [
  'passkey.created',
  'passkey.removed',
  'token.created',
  'token.revoked',
  'link.created',
  'person.changed',
  'person.linked',
  'person.unlinked',
  'account.disputed',
] as const;

export type AccountEventKind = (typeof accountEventKinds)[number];

/** For as long as this it is told, and stays in the history of the account. */
export const accountEventDays = 90;

export interface AccountEvent {
  personId: PersonId;
  kind: AccountEventKind;
  /** The passkey or the token; of a dispute whose account it is about. */
  subject: string | null;
  facts: JsonObject;
}

type Source = Pick<EntryDraft, 'type' | 'actor' | 'data'>;

/** Null: it is about nobody's account, or leaves it as it was. */
export function accountEventOf({ type, actor, data = {} }: Source): AccountEvent | null {
  switch (type) {
    case 'passkey.created':
    case 'passkey.removed':
      return about(data.personId, type, data.passkeyId);
    case 'token.created':
      if (data.kind === 'sign-in-link') return about(data.personId, 'link.created', null);
      return about(data.personId ?? personOf(actor), type, data.tokenId, { for: data.kind ?? null });
    case 'token.revoked':
      // One of a service is told to whoever made it: no other person stands behind it.
      return about(data.personId ?? data.createdBy, type, data.tokenId, { for: data.kind ?? null });
    case 'person.changed':
      return changed(data);
    case 'person.linked':
      return about(data.personId, type, null, { issuer: data.issuer ?? null });
    case 'person.unlinked':
      return about(data.personId, type, null, { ended: numberOf(data.revoked) });
    default:
      return null;
  }
}

function about(
  personId: unknown,
  kind: AccountEventKind,
  subject: unknown,
  facts: JsonObject = {},
): AccountEvent | null {
  if (typeof personId !== 'string' || !personId.startsWith('per_')) return null;
  return {
    personId: personId as PersonId,
    kind,
    subject: typeof subject === 'string' ? subject : null,
    facts,
  };
}

function personOf({ kind, id }: EntryDraft['actor']): string | null {
  return kind === 'person' ? id : null;
}

function changed({ personId, before, after, revoked }: JsonObject): AccountEvent | null {
  const [was, is] = [stateOf(before), stateOf(after)];
  const facts = {
    rolesGiven: without(is.roles, was.roles),
    rolesTaken: without(was.roles, is.roles),
    groupsGiven: without(is.groups, was.groups),
    groupsTaken: without(was.groups, is.groups),
    active: is.active === was.active ? null : is.active,
    ended: numberOf(revoked),
  };
  const same = Object.values(facts).every((fact) => fact === null || fact === 0 || isEmpty(fact));
  return same ? null : about(personId, 'person.changed', null, facts);
}

function stateOf(state: unknown): { roles: string[]; groups: string[]; active: boolean } {
  const { roles, groups, active } = state as Partial<ReturnType<typeof stateOf>>;
  return { roles: roles ?? [], groups: groups ?? [], active: active === true };
}

function without(some: readonly string[], others: readonly string[]): string[] {
  return some.filter((each) => !others.includes(each));
}

function numberOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function isEmpty(fact: unknown): boolean {
  return Array.isArray(fact) && fact.length === 0;
}
