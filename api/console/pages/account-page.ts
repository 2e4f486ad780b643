import type { AccountEventItem } from '../../../engine/runtime/identity/account-event.ts';
import { newsMax } from '../../../engine/runtime/identity/list-account-events.ts';
import type { Token } from '../../../engine/runtime/identity/token.ts';
import type { PersonId, TokenId } from '../../../schemas/ids.ts';
import { doorOf } from '../../http/door-of.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { inOrderForm, shownField } from '../account-bar.ts';
import { accountEventLine } from '../account-words.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { nameData } from '../data.ts';
import { type Html, html } from '../html.ts';
import type { Form } from '../read-form.ts';
import { pageOrHome } from '../return-path.ts';
import { empty, pager } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, Reply, View } from '../view.ts';

/*
 * What happened to somebody's account in the last 90 days. Its person says that it is in order, or that it was not them;
 * an administrator looks at anybody's and says nothing for them.
 */

const path = '/settings/account';
const disputed = 'not-me:';

export function accountPage(view: View, { query }: Asked): Promise<PageReply> {
  const of = query('of');
  return of === undefined || of === view.caller.personId ? ownPage(view, query) : theirPage(view, query, of);
}

export async function sayInOrder(view: View, { form }: Asked): Promise<Reply> {
  const { personId, sessionHash } = view.caller;
  if (personId === null || sessionHash === undefined) throw new Problem('auth/forbidden');
  await view.deps.identity.acknowledgeEvents(doorOf(view.caller), sessionHash, shownIn(form));
  return { redirect: pageOrHome(form('back') ?? path) };
}

export async function sayNotMe(view: View, { form }: Asked): Promise<Reply> {
  const { personId } = view.caller;
  if (personId === null) throw new Problem('auth/forbidden');
  const ids = shownIn(form).filter((id) => form(disputed + id) === '1');
  if (ids.length === 0)
    return ownPage(view, nothing, { text: 'Tick what was not you, then say so again.', status: 422 });
  const answer = await view.deps.identity.disputeEvents(doorOf(view.caller), personId, ids);
  if (!answer.ok) return ownPage(view, nothing, { text: answer.detail, status: statusOf(answer.code) });
  return sessionsEnded(view, answer.told);
}

/** Their own, as over the API; what they made for programs is on the page of tokens. */
export async function endOwnToken(view: View, { id }: Asked): Promise<Reply> {
  const { personId } = view.caller;
  if (personId === null) throw new Problem('auth/forbidden');
  const answer = await view.deps.identity.revokeToken(doorOf(view.caller), id as TokenId, personId);
  if (answer.ok) return { redirect: path };
  return ownPage(view, nothing, { text: answer.detail, status: statusOf(answer.code) });
}

const nothing: Form = () => undefined;

function shownIn(form: Form): string[] {
  return (form('shown') ?? '').split(' ').slice(0, newsMax);
}

async function ownPage(
  view: View,
  query: Form,
  wrong?: { text: string; status: number },
): Promise<PageReply> {
  const { personId } = view.caller;
  if (personId === null) throw new Problem('auth/forbidden');
  const { items, next } = await readEvents(view, personId, query);
  const tokens = await view.deps.identity.listTokens({ personId, works: true }, { limit: 50 });
  const news = view.accountNews;
  return {
    status: wrong?.status ?? 200,
    title: 'Your account',
    section: 'settings',
    tellsAccount: true,
    content: html`${wrong !== undefined && html`<div class="notice bad" role="alert"><p><strong>Nothing was changed.</strong></p><p>${wrong.text}</p></div>`}<article class="airy"><h1>Your account</h1>
<p>What happened to it in the last 90 days. Each of it is in the audit log as well.</p>
${news.length > 0 && html`<section><h2>Not looked at yet</h2><ul class="plain">${news.map((event) => html`<li>${accountEventLine(view, event)}</li>`)}</ul>${inOrderForm(view, news)}</section>`}
<section><h2>Everything</h2>${items.length === 0 ? empty('Nothing happened.', 'New passkeys, tokens, sign-in links, roles and linked accounts are told here.') : notMeForm(view, items)}${pager(view.to(path), query, [], next)}</section>
<section><h2>What you come in with</h2><p><a href="${view.to('/settings/passkeys')}">Your passkeys</a>, with a button that removes each.</p>${tokenList(view, tokens.items)}</section></article>`,
  };
}

async function theirPage(view: View, query: Form, of: string): Promise<PageReply> {
  if (!view.caller.roles.includes('admin'))
    throw new Problem('auth/forbidden', 'Only an administrator sees the accounts of others.');
  const person = found(await view.deps.identity.readPerson(of as PersonId));
  const { items, next } = await readEvents(view, person.id, query);
  return {
    title: `Account of ${person.name}`,
    section: 'settings',
    content: html`<article class="airy"><h1>Account of ${nameData(person.name)}</h1>
<p>What happened to it in the last 90 days, and what its person said to it. Whether that was them, ask them on another way.</p>
${items.length === 0 ? empty('Nothing happened.', 'New passkeys, tokens, sign-in links, roles and linked accounts are told here.') : html`<ul class="plain">${items.map((event) => html`<li>${accountEventLine(view, event)}</li>`)}</ul>`}${pager(view.to(path), query, ['of'], next)}
<p><a href="${view.to('/settings/passkeys?all=1')}">Everybody’s passkeys</a> and <a href="${view.to('/settings/tokens')}">tokens</a> are ended there. <code>riposte people deactivate ${person.id}</code> ends all that they come in with.</p></article>`,
  };
}

function readEvents(view: View, personId: PersonId, query: Form) {
  return view.deps.identity.listAccountEvents(personId, { limit: newsMax, cursor: query('cursor') });
}

function notMeForm(view: View, items: readonly AccountEventItem[]): Html {
  const open = items.filter(({ kind, disputedAt }) => disputedAt === null && kind !== 'account.disputed');
  const list = html`<ul class="plain">${items.map((event) => html`<li>${open.includes(event) ? html`<label class="pick"><input type="checkbox" name="${disputed}${event.id}" value="1"> <span>${accountEventLine(view, event)}</span></label>` : accountEventLine(view, event)}${about(view, event)}</li>`)}</ul>`;
  if (open.length === 0) return list;
  return html`<form method="post" action="${view.to(`${path}/not-me`)}">${csrfField(view)}${shownField(open)}${list}
<p>If some of it was not you, tick it. That ends all your sessions, this one too, and tells the administrators. Then sign in again, and remove the passkeys and tokens that you do not know: a key that somebody else added lets them in until you do.</p>
<p><button class="act">This was not me</button></p></form>`;
}

/** To whose account it is, for whoever answers for it. */
function about(view: View, { kind, subject }: AccountEventItem): Html | null {
  if (kind !== 'account.disputed' || subject === null) return null;
  return html` <a href="${view.to(`${path}?of=${encodeURIComponent(subject.id)}`)}">Their account</a>`;
}

function tokenList(view: View, tokens: readonly Token[]): Html {
  if (tokens.length === 0) return html`<p>No token speaks as you.</p>`;
  return html`<p>Tokens that speak as you:</p><ul class="plain">${tokens.map(
    ({ id, name, createdAt }) =>
      html`<li>${nameData(name)}, made ${moment(createdAt, view.nowMs)} <form method="post" action="${view.to(`${path}/tokens/${encodeURIComponent(id)}/revoke`)}">${csrfField(view)}<button>End it now</button></form></li>`,
  )}</ul>`;
}

function sessionsEnded(view: View, told: number): PageReply {
  return {
    title: 'Your sessions are over',
    section: 'settings',
    content: html`<article class="airy"><h1>Your sessions are over</h1>
<p>All of them, this one too. ${told === 0 ? html`<strong>There is no other administrator who could be told</strong>; it is in the audit log.` : html`${told === 1 ? 'The other administrator is' : `${told} administrators are`} told of it.`}</p>
<p><strong><a href="${view.to(path)}">Sign in again and go on here</a>:</strong> remove every passkey and end every token that you do not know. Until then they still let somebody in.</p></article>`,
  };
}
