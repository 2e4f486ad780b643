import type { StreamItem } from '../../../engine/runtime/read/list-streams.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { data } from '../data.ts';
import { type Html, html } from '../html.ts';
import type { Form } from '../read-form.ts';
import { streamState } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, Reply, View } from '../view.ts';

/** Where entries are told outside: how far each receiver is, and what went wrong. */
export function streamsPage(view: View, { query }: Asked): Promise<PageReply> {
  return page(view, null, 200, query);
}

type Verb = 'pause' | 'resume' | 'remove' | 'test';

export const pauseStream = (view: View, asked: Asked) => change(view, asked, 'pause');
export const resumeStream = (view: View, asked: Asked) => change(view, asked, 'resume');
export const removeStream = (view: View, asked: Asked) => change(view, asked, 'remove');

/** Changes nothing about the stream: one message of its own, and what the receiver made of it. */
export const testStream = (view: View, asked: Asked) => change(view, asked, 'test');

async function change(view: View, { id }: Asked, kind: Verb): Promise<Reply> {
  const answer = await view.deps.useCases.changeStream(view.caller, { kind, id });
  if (!answer.ok)
    return page(view, notice('bad', 'Nothing was changed.', answer.detail), statusOf(answer.code));
  if (kind !== 'test') return { redirect: '/settings/streams' };
  return page(
    view,
    answer.error === null
      ? notice('quiet', `${id} took the test.`, 'Its place in the log is where it was.')
      : notice('bad', `${id} did not take the test.`, data(answer.error)),
  );
}

function notice(tone: 'bad' | 'quiet', title: string, text: Html | string): Html {
  return html`<div class="notice ${tone}" role="alert" tabindex="-1" autofocus><p><strong>${title}</strong></p><div>${text}</div></div>`;
}

const nothing: Form = () => undefined;

async function page(view: View, said: Html | null, status = 200, query = nothing): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const { items, next } = await read.listStreams(tenant, {}, { limit: 25, cursor: query('cursor') });
  return {
    status,
    title: 'Streams',
    section: 'settings',
    content: html`${said}<h1>Streams</h1>
<p>Sealed entries of the log, told to receivers outside: at least once and in order, each from its own place in the log.</p>
${items.length === 0 ? empty('Nothing is told outside.', html`Begin with <code>riposte streams add siem https://… --secret STREAM_SECRET_SIEM</code>, or over a line: <code>riposte streams add soc tls://siem.example.org:6514 --kind syslog</code>.`) : list(view, items)}${pager(view.to('/settings/streams'), query, [], next, ['First', 'Next'])}`,
  };
}

function list(view: View, streams: readonly StreamItem[]): Html {
  return table<StreamItem>(
    'Streams',
    [
      {
        head: 'Stream',
        cell: (one) => html`<strong>${data(one.id)}</strong> <span class="dim">${one.kind}</span>`,
      },
      { head: 'State', cell: (one) => streamState(one.state) },
      {
        head: 'Behind',
        cell: (one) => (one.lag === 0 ? 'nothing' : one.lag === 1 ? '1 entry' : `${one.lag} entries`),
      },
      { head: 'Next entry', cell: (one) => String(one.position) },
      { head: 'Last taken', cell: (one) => one.lastSentAt !== null && moment(one.lastSentAt, view.nowMs) },
      { head: 'Trouble', cell: (one) => troubleOf(view, one) },
      {
        head: 'To',
        cell: (one) =>
          html`${data(originOf(one.url))}${one.types.length > 0 && html` <span class="small dim">only ${one.types.join(', ')}</span>`}`,
      },
      { head: 'Change', cell: (one) => verbs(view, one) },
    ],
    streams,
  );
}

function troubleOf(view: View, { failingSince, lastError, nextTryAt, attempts }: StreamItem): Html | null {
  if (lastError === null) return null;
  return html`${data(lastError)} <span class="small dim">${attempts} ${attempts === 1 ? 'try' : 'tries'}${failingSince !== null && html`, failing since ${moment(failingSince, view.nowMs)}`}${nextTryAt !== null && html`, next ${moment(nextTryAt, view.nowMs)}`}</span>`;
}

function verbs(view: View, { id, state }: StreamItem): Html {
  const button = (verb: Verb, word: string) =>
    html`<form method="post" action="${view.to(`/settings/streams/${encodeURIComponent(id)}/${verb}`)}">${csrfField(view)}<button>${word}</button></form>`;
  return html`<div class="verbs">${state === 'paused' ? button('resume', 'Resume') : button('pause', 'Pause')}${button('test', 'Test')}
<details><summary>Remove</summary><p class="small">Its place in the log is forgotten; added again, it begins with what comes then.</p>${button('remove', 'Remove now')}</details></div>`;
}

/** The path of an address can be a secret. */
function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
