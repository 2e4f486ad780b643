import type { ArtifactItem } from '../../engine/runtime/read/artifacts.ts';
import type { Page } from '../../engine/runtime/read/read-page.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** What a run's targets answered that is larger than a step keeps; false where there is nothing of that kind. */
export function artifactList(view: View, run: string, { items, next }: Page<ArtifactItem>): Html | false {
  if (items.length === 0) return false;
  const list = table(
    'Answers larger than a step keeps',
    [
      { head: 'Step', cell: ({ step }) => html`<span class="wrap">${step.replace(/^run\//, '')}</span>` },
      { head: 'Size', cell: ({ size }) => `${Math.ceil(size / 1024).toLocaleString('en')} KiB` },
      { head: 'Kept', cell: ({ createdAt }) => moment(createdAt, view.nowMs) },
      {
        head: 'SHA-256',
        cell: ({ sha256 }) => html`<code class="wrap">${sha256.replace('sha256:', '')}</code>`,
      },
      {
        head: 'Answer',
        cell: ({ id }) =>
          may(view, 'values.read')
            ? html`<a href="${view.to(`/v1/artifacts/${encodeURIComponent(id)}`)}" download>Take it (JSON)</a>`
            : 'Your roles do not let you read it',
      },
    ],
    items,
  );
  return html`<section><h2>Large answers</h2><p>The playbook did not see them: a step keeps 256 KiB. What targets sent is in them as it came, so open them with care.</p>${list}${next !== null && html`<p class="small">There are more: <code class="wrap">riposte artifacts ${run}</code></p>`}</section>`;
}
