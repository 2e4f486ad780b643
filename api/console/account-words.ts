import type { AccountEventItem } from '../../engine/runtime/identity/account-event.ts';
import { nameData } from './data.ts';
import { type Html, html } from './html.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** What happened to an account, when, and through whom. Names are data: whoever made a key or a token chose them. */
export function accountEventLine(view: View, event: AccountEventItem): Html {
  const { at, kind, usedAt, disputedAt, acknowledgedAt, confirmedAt } = event;
  const own = event.personId === view.caller.personId;
  return html`<strong>${whatHappened(event)}</strong> ${moment(at, view.nowMs)}, ${by(view, event)}${kind === 'link.created' && (usedAt === null ? html`; nobody has come in with it` : html`; somebody came in with it ${moment(usedAt, view.nowMs)}`)}${disputedAt !== null && html` · <strong class="bad">said not to be ${own ? 'you' : 'them'}</strong> ${moment(disputedAt, view.nowMs)}`}${acknowledgedAt !== null && confirmedAt === null && html` · said to be in order ${moment(acknowledgedAt, view.nowMs)}, in another session`}`;
}

function whatHappened({ kind, subject, facts }: AccountEventItem): Html {
  const name = nameData(subject?.name ?? subject?.id ?? '');
  const forWhom = facts.for === 'service' ? ' for a program' : '';
  switch (kind) {
    case 'passkey.created':
      return html`The passkey “${name}” was added`;
    case 'passkey.removed':
      return html`The passkey “${name}” was removed`;
    case 'token.created':
      return html`The token “${name}”${forWhom} was made`;
    case 'token.revoked':
      return html`The token “${name}”${forWhom} was ended`;
    case 'link.created':
      return html`A sign-in link was made`;
    case 'person.changed':
      return html`${changes(facts)}`;
    case 'person.linked':
      return html`An account at ${nameData(String(facts.issuer))} was linked`;
    case 'person.unlinked':
      return html`The account at the identity provider was unlinked${ended(facts)}`;
    case 'account.disputed':
      return html`${name} says that something in their account was not them`;
  }
}

function changes(facts: AccountEventItem['facts']): string {
  const of = (word: string, list: unknown) =>
    Array.isArray(list) && list.length > 0 ? [`${word} ${list.join(', ')}`] : [];
  const parts = [
    ...(facts.active === false ? [`The account was deactivated${ended(facts)}`] : []),
    ...(facts.active === true ? ['The account was let in again'] : []),
    ...of('Roles given:', facts.rolesGiven),
    ...of('Roles taken away:', facts.rolesTaken),
    ...of('Groups given:', facts.groupsGiven),
    ...of('Groups taken away:', facts.groupsTaken),
  ];
  return parts.join('; ');
}

function ended({ ended: number }: AccountEventItem['facts']): string {
  if (typeof number !== 'number' || number === 0) return '';
  return number === 1 ? ', and a passkey or token with it' : `, and ${number} passkeys and tokens with it`;
}

function by({ caller }: View, { by: { kind, id, name, channel } }: AccountEventItem): Html {
  const who =
    kind === 'person'
      ? id === caller.personId
        ? html`in your name`
        : html`by ${nameData(name ?? id)}`
      : kind === 'system'
        ? html`by ${id === 'identity-provider' ? 'the identity provider' : 'the installation'}`
        : html`by ${nameData(id)}`;
  return html`${who}${kind === 'person' && doors[channel]}`;
}

const doors: { readonly [channel: string]: string } = {
  console: ' in the console',
  api: ' over the API',
  cli: ' on the command line',
};
