import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { sourceText } from '../data.ts';
import { html } from '../html.ts';
import { playbookGraph } from '../playbook-graph.ts';
import { runList } from '../run-list.ts';
import { empty, table } from '../table.ts';
import { moment } from '../times.ts';
import { tryLinks } from '../try-links.ts';
import type { PageReply, View } from '../view.ts';
import { enabledTag } from './playbooks-page.ts';

/** What is published, byte for byte. Changing it is done in Git. */
export async function playbookPage(view: View, { id }: Asked): Promise<PageReply> {
  const playbook = found(await view.deps.read.readPlaybook(view.deps.tenant, id));
  const graph = playbookGraph(playbook.plan);
  const runs = await view.deps.read.listRuns(view.deps.tenant, { playbook: id }, { limit: 5 });
  return {
    title: playbook.title,
    section: 'playbooks',
    content: html`<article><p class="dim"><a href="${view.to('/playbooks')}">Playbooks</a></p><h1>${playbook.title}</h1>
<p class="lead">${enabledTag(playbook.enabled)} <span class="chip">${playbook.mode}</span> <span class="chip ${playbook.impact}">${playbook.impact}</span>
<a href="${view.to(`/runs?playbook=${encodeURIComponent(id)}`)}">Its runs</a></p>
<dl class="facts-line"><div><dt>Version</dt><dd>${playbook.version}</dd></div><div><dt>Status</dt><dd>${playbook.status}</dd></div>
<div><dt>Owner</dt><dd>${playbook.owner ?? 'nobody'}</dd></div><div><dt>Id</dt><dd><code>${playbook.id}</code></dd></div>
<div><dt>Digest</dt><dd><code class="wrap">${playbook.digest}</code></dd></div></dl>
${graph !== null && html`<section><h2>What it does</h2>${graph}</section>`}
<section><h2>Latest runs</h2>${runs.items.length > 0 ? runList(view, runs.items) : empty('It has not run yet.', 'What starts it stands on top of the drawing.')}</section>
<section><h2>Source</h2>${sourceText(playbook.source)}</section>
<section><h2>Versions</h2>${table(
      'Versions',
      [
        { head: 'Version', cell: (version) => version.version },
        { head: 'Published', cell: (version) => moment(version.publishedAt, view.nowMs) },
        { head: 'By', cell: (version) => version.publishedBy },
        { head: 'Digest', cell: (version) => html`<code class="wrap">${version.digest}</code>` },
      ],
      playbook.versions,
    )}</section>${tryLinks(view, id)}</article>`,
  };
}
