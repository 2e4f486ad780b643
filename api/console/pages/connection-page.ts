import type { ActionRight, SecretWord } from '../../../engine/core/connection/judge-probe.ts';
import { maskConnection, type ShownConnection } from '../../http/mask-connection.ts';
import { found } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { data } from '../data.ts';
import { type Html, html } from '../html.ts';
import { actionRight, connectionHealth, lookState, secretState } from '../states.ts';
import { table } from '../table.ts';
import { momentOr } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** One way into another system: what was asked, what it answered, and what each action may. */
export function connectionPage(view: View, { id }: Asked): Promise<PageReply> {
  return page(view, id, null);
}

/** A worker does it and answers within some seconds, or the page says that none has. */
export async function testConnection(view: View, { id }: Asked): Promise<Reply> {
  const answer = await view.deps.useCases.testConnection(view.caller, { id });
  if (!answer.ok) return page(view, id, ['Nothing was tested.', answer.detail], statusOf(answer.code));
  if (answer.state === 'tested') return { redirect: `/settings/connections/${encodeURIComponent(id)}` };
  return page(view, id, [
    'No worker has answered yet.',
    'The result will stand here. If it does not come, no worker with this connection is running.',
  ]);
}

async function page(
  view: View,
  id: string,
  said: readonly [title: string, text: string] | null,
  status = 200,
): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const one = maskConnection(found(await read.readConnection(tenant, id)), view.caller);
  return {
    status,
    title: one.id,
    section: 'settings',
    content: html`${said !== null && html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>${said[0]}</strong></p><p>${said[1]}</p></div>`}
<article><header><p class="small"><a href="${view.to('/settings/connections')}">Connections</a></p><h1>${one.id}</h1><p>${connectionHealth(one.health)}</p></header>
${one.trouble.map(({ code, says, then }) => html`<div class="notice ${code === 'forbidden' ? 'quiet' : 'bad'}"><p><strong>${says}</strong> <code>${code}</code></p><p>${then}</p></div>`)}
${facts(view, one)}
<section><h2>What its actions may</h2>${rights(one)}</section>
${secrets(one)}
<section><h2>The last test</h2>${looks(view, one)}${testForm(view, one)}</section></article>`,
  };
}

function facts(view: View, one: ShownConnection): Html {
  const when = (iso: string | null) => momentOr(iso, view.nowMs);
  return html`<dl class="facts-line"><div><dt>System</dt><dd>${one.system}</dd></div>
<div><dt>Last answer to an action</dt><dd>${when(one.answeredAt)}</dd></div>
<div><dt>Last failure of one</dt><dd>${one.failureCode !== null && html`<code>${one.failureCode}</code> `}${when(one.failedAt)}</dd></div>
<div><dt>A worker last had it</dt><dd>${when(one.seenAt)}</dd></div>
${Object.entries(one.addresses ?? {}).map(([setting, origin]) => html`<div><dt>${setting}</dt><dd>${data(origin)}</dd></div>`)}</dl>`;
}

function rights({ test, system }: ShownConnection): Html {
  if (test === null) return html`<p>Nobody has asked yet.</p>`;
  if (test.actions.length === 0) return html`<p>There is no action of the system ${system}.</p>`;
  return table<ActionRight>(
    'Actions',
    [
      {
        head: 'Action',
        cell: ({ action, title }) => html`${title} <code class="small">${action}</code>`,
      },
      { head: 'May', cell: ({ may }) => actionRight(may) },
      {
        head: 'Permission',
        cell: ({ may, lacks }) =>
          lacks.length > 0 &&
          html`${may === 'no' ? 'lacks' : 'not known:'} ${lacks.map((each, at) => html`${at > 0 && ', '}<code>${each}</code>`)}`,
      },
    ],
    test.actions,
  );
}

/** Scheme alone: where it is concerns nobody who reads a page. */
const kept: { [scheme in SecretWord['from']]: string } = {
  env: 'a variable of the worker',
  file: 'a file of the worker',
  vault: 'Vault',
  sops: 'a file that sops opens',
};

function secrets({ test }: ShownConnection): Html | false {
  if (test === null || test.secrets.length === 0) return false;
  return html`<section><h2>Its secrets</h2>${table<SecretWord>(
    'Secrets',
    [
      { head: 'Secret', cell: ({ name }) => html`<code>${data(name)}</code>` },
      { head: 'Kept in', cell: ({ from }) => kept[from] },
      { head: 'Can be read', cell: ({ readable }) => secretState(readable) },
    ],
    test.secrets,
  )}</section>`;
}

function looks(view: View, { test, testedAt }: ShownConnection): Html {
  if (test === null)
    return html`<p>It was not tested yet; a worker does so within two minutes of its start.</p>`;
  if (test.looks.length === 0)
    return html`<p>This system has no way to be asked without doing something (${momentOr(testedAt, view.nowMs)}). What calls of actions met stands above.</p>`;
  return html`<p>${momentOr(testedAt, view.nowMs)}</p><ul class="plain">${test.looks.map(
    ({ what, code, text }) =>
      html`<li>${lookState(code === null ? 'well' : 'failed')} ${what}${code !== null && html` <code>${code}</code>`}${text !== null && html` ${data(text)}`}</li>`,
  )}</ul>`;
}

function testForm(view: View, { id, waiting }: ShownConnection): Html {
  if (!may(view, 'connections.test')) return html`<p class="small dim">Your roles cannot test it.</p>`;
  return html`<form method="post" action="${view.to(`/settings/connections/${encodeURIComponent(id)}/test`)}">${csrfField(view)}<button>Test now</button>${waiting && html` <span class="small">A test is asked for.</span>`}</form>`;
}
