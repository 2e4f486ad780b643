import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { casesPanel } from '../cases-panel.ts';
import { html } from '../html.ts';
import { playbookParts } from '../playbook-parts.ts';
import { moment } from '../times.ts';
import { changesAddress } from '../version-list.ts';
import type { PageReply, View } from '../view.ts';

/** One version as it was published, whatever is current now. */
export async function playbookVersionPage(view: View, { id, version }: Asked): Promise<PageReply> {
  const shown = found(await view.deps.read.readVersion(view.deps.tenant, id, version));
  const number = shown.publishedVersion;
  const [parts, cases] = await Promise.all([
    playbookParts(view, shown),
    view.deps.read.readCases(view.deps.tenant, id, number, null),
  ]);
  const source = `/v1/playbooks/${encodeURIComponent(id)}/versions/${number}/source`;
  return {
    title: `${shown.title}, version ${number}`,
    section: 'playbooks',
    content: html`<article><p class="dim"><a href="${view.to(`/playbooks/${encodeURIComponent(id)}`)}">${shown.title}</a></p><h1>Version ${number}</h1>
<p class="lead">${shown.current ? html`<span class="chip">current</span> New runs are of this version.` : 'New runs are of another version; those that began with this one keep it.'}
${number > 1 && html`<a href="${changesAddress(view, id, number - 1, number)}">Changes since ${number - 1}</a>`}</p>
<dl class="facts-line"><div><dt>Version</dt><dd>${shown.version}</dd></div><div><dt>Published</dt><dd>${moment(shown.publishedAt, view.nowMs)} by ${shown.publishedBy}</dd></div>
<div><dt>Digest</dt><dd><code class="wrap">${shown.digest}</code></dd></div></dl>
${parts.words}${parts.graph}${parts.mayDo}${casesPanel(view, id, number, cases)}${parts.source}<p><a href="${view.to(source)}">The file as it was published</a></p></article>`,
  };
}
