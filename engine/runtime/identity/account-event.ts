import type { AccountEventId, PersonId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Actor } from '../../core/contracts/entry.ts';
import { type AccountEventKind, accountEventDays } from '../../core/identity/account-event.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';

/** Something that happened to somebody's account. */
export interface AccountEventItem {
  id: AccountEventId;
  personId: PersonId;
  at: string;
  kind: AccountEventKind;
  /** `name`: of a person, as they are called now. */
  by: { kind: Actor['kind']; id: string; name: string | null; channel: Actor['channel'] };
  /** The passkey or the token; of a dispute whose account it is about. */
  subject: { id: string; name: string | null } | null;
  facts: JsonObject;
  /** Of a sign-in link: when it let somebody in. */
  usedAt: string | null;
  /** Its person said that it is in order. */
  acknowledgedAt: string | null;
  /** They said so after they had signed in anew by a link or through the identity provider. */
  confirmedAt: string | null;
  /** They said that it was not them. */
  disputedAt: string | null;
}

export interface AccountEventRow {
  id: string;
  person_id: string;
  at: Date;
  kind: AccountEventKind;
  by_kind: Actor['kind'];
  by_id: string;
  by_name: string | null;
  channel: Actor['channel'];
  subject: string | null;
  subject_name: string | null;
  facts: JsonObject;
  used_at: Date | null;
  acknowledged_at: Date | null;
  confirmed_at: Date | null;
  disputed_at: Date | null;
}

/** Of `account_events e`. What was ended or removed keeps its name. */
export const accountEventColumns = `e.id, e.person_id, e.at, e.kind, e.by_kind, e.by_id, e.channel, e.subject, e.facts,
  e.used_at, e.acknowledged_at, e.confirmed_at, e.disputed_at,
  (select p.name from people p where p.tenant_id = e.tenant_id and p.id = e.by_id) as by_name,
  case when e.kind in ('passkey.created', 'passkey.removed')
         then (select k.name from passkeys k where k.tenant_id = e.tenant_id and k.id = e.subject)
       when e.kind in ('token.created', 'token.revoked')
         then (select t.name from tokens t where t.tenant_id = e.tenant_id and t.id = e.subject)
       when e.kind = 'account.disputed'
         then (select p.name from people p where p.tenant_id = e.tenant_id and p.id = e.subject) end as subject_name`;

/** Holds for what is still told. */
export const stillTold = `e.at > clock_timestamp() - interval '${accountEventDays} days'`;

/**
 * Of `account_events e` and the session `s` of their person: it vouches for what was before it. Whoever has only found a
 * session lying open, or made themselves a key with it, begins none of these.
 */
const vouches = `(s.way in ('link', 'oidc') and s.created_at > e.at)`;

/** When it is confirmed by an acknowledgement in this session. */
export const confirmed = `case when ${vouches} then clock_timestamp() end`;

/**
 * Holds for what this session has to be told. What was acknowledged in another one is told once more, to whoever signed
 * in anew. A link that lets nobody in any more is told if it did, and not to the session that came with it; so is one that
 * a start shows on its terminal, which each start does.
 */
export const isNews = `(${stillTold} and e.confirmed_at is null and (e.acknowledged_at is null or ${vouches})
  and (e.used_in is null or e.used_in <> s.hash)
  and (e.kind <> 'link.created' or e.used_at is not null
    or not (e.by_kind = 'system' and e.by_id = 'start')
      and e.at > clock_timestamp() - interval '${sessionPolicy.signInLinkMs} milliseconds'))`;

export function toAccountEvent(row: AccountEventRow): AccountEventItem {
  const { by_kind, by_id, by_name, channel, subject, subject_name } = row;
  const time = (at: Date | null) => at?.toISOString() ?? null;
  return {
    id: row.id as AccountEventId,
    personId: row.person_id as PersonId,
    at: row.at.toISOString(),
    kind: row.kind,
    by: { kind: by_kind, id: by_id, name: by_name, channel },
    subject: subject === null ? null : { id: subject, name: subject_name },
    facts: row.facts,
    usedAt: time(row.used_at),
    acknowledgedAt: time(row.acknowledged_at),
    confirmedAt: time(row.confirmed_at),
    disputedAt: time(row.disputed_at),
  };
}
