import type { Token } from '../../../engine/runtime/identity/token.ts';
import type { TokenId } from '../../../schemas/ids.ts';
import { doorOf } from '../../http/door-of.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { nameData } from '../data.ts';
import { type Html, html } from '../html.ts';
import { issuerList } from '../issuer-list.ts';
import type { Form } from '../read-form.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, Reply, View } from '../view.ts';

/** What people and programs come in with, and whose word stands behind it. */
export function tokensPage(view: View, { query }: Asked): Promise<PageReply> {
  return page(view, query);
}

export async function revokeToken(view: View, { id }: Asked): Promise<Reply> {
  const answer = await view.deps.identity.revokeToken(doorOf(view.caller), id as TokenId, null);
  if (answer.ok) return { redirect: '/settings/tokens' };
  return page(view, () => undefined, { text: answer.detail, status: statusOf(answer.code) });
}

async function page(view: View, query: Form, wrong?: { text: string; status: number }): Promise<PageReply> {
  const left = query('left') === '1';
  const filter = { personId: null, works: true, createdByLeft: left ? true : undefined };
  const { items, next } = await view.deps.identity.listTokens(filter, { limit: 50, cursor: query('cursor') });
  const path = view.to('/settings/tokens');
  const issuers = view.deps.workloads?.issuers ?? [];
  const nothing = left
    ? empty('Nobody who has left made any of them.', html`<a href="${path}">All that work</a>`)
    : empty(
        'There is none.',
        html`<code>riposte token create xdr --service --role analyst</code> makes one.`,
      );
  return {
    status: wrong?.status ?? 200,
    title: 'Tokens',
    section: 'settings',
    content: html`${wrong !== undefined && html`<div class="notice bad" role="alert"><p><strong>Nothing was changed.</strong></p><p>${wrong.text}</p></div>`}<h1>Tokens</h1>
<p>Those that work. A person’s own end when that person is deactivated. One of a service belongs to the installation and outlives
whoever made it: look whether somebody else answers for it, or end it.</p>
<p>${left ? html`<a href="${path}">All that work</a>` : html`<a href="${path}?left=1">Only those made by somebody who has left</a>`}</p>
${items.length === 0 ? nothing : list(view, items)}${pager(path, query, ['left'], next)}${issuers.length > 0 && issuerList(issuers)}`,
  };
}

function list(view: View, tokens: readonly Token[]): Html {
  return table<Token>(
    'Tokens',
    [
      { head: 'Token', cell: ({ name }) => html`<strong>${nameData(name)}</strong>` },
      { head: 'For', cell: ({ kind }) => (kind === 'service' ? 'a service' : 'a person') },
      { head: 'Roles', cell: ({ roles }) => roles.join(', ') },
      { head: 'Made by', cell: makerOf },
      { head: 'Made', cell: ({ createdAt }) => moment(createdAt, view.nowMs) },
      { head: 'Ends', cell: ({ expiresAt }) => moment(expiresAt, view.nowMs) },
      { head: 'Change', cell: ({ id }) => revokeForm(view, id) },
    ],
    tokens,
  );
}

function makerOf({ createdBy, createdByName, createdByLeft }: Token): Html {
  return html`${nameData(createdByName ?? createdBy)}${createdByLeft && html` <strong>has left</strong>`}`;
}

function revokeForm(view: View, id: string): Html {
  return html`<details><summary>End</summary><p class="small">Whatever uses it is shut out at once, for good.</p>
<form method="post" action="${view.to(`/settings/tokens/${encodeURIComponent(id)}/revoke`)}">${csrfField(view)}<button>End it now</button></form></details>`;
}
