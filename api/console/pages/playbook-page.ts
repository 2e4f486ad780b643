import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { casesPanel } from '../cases-panel.ts';
import { html } from '../html.ts';
import { inGoodTime } from '../in-good-time.ts';
import { playbookParts } from '../playbook-parts.ts';
import { runList } from '../run-list.ts';
import { empty } from '../table.ts';
import { triggerList } from '../trigger-list.ts';
import { tryLinks } from '../try-links.ts';
import { compareForm, versionList } from '../version-list.ts';
import type { PageReply, View } from '../view.ts';
import { enabledTag } from './playbooks-page.ts';

/** Older ones are a page of their own. */
const versionsShown = 5;

/** What is published, byte for byte. Changing it is done in Git. */
export async function playbookPage(view: View, { id }: Asked): Promise<PageReply> {
  const playbook = found(await view.deps.read.readPlaybook(view.deps.tenant, id));
  const parts = await playbookParts(view, playbook);
  const { deps } = view;
  const [cases, runs, figures] = await Promise.all([
    deps.read.readCases(deps.tenant, id, playbook.publishedVersion, null),
    deps.read.listRuns(deps.tenant, { playbook: id }, { limit: 5 }),
    inGoodTime(
      deps.read.readTriggerFigures(deps.tenant, id, parts.plan?.triggers.map((each) => each.id) ?? []),
      (error) => deps.log.error({ err: error, playbook: id }, 'the figures of triggers were not read'),
    ),
  ]);
  return {
    title: playbook.title,
    section: 'playbooks',
    content: html`<article><p class="dim"><a href="${view.to('/playbooks')}">Playbooks</a></p><h1>${playbook.title}</h1>
<p class="lead">${enabledTag(playbook.enabled)} <span class="chip">${playbook.mode}</span> <span class="chip ${playbook.impact}">${playbook.impact}</span>
<a href="${view.to(`/runs?playbook=${encodeURIComponent(id)}`)}">Its runs</a></p>
<dl class="facts-line"><div><dt>Version</dt><dd>${playbook.version}</dd></div><div><dt>Status</dt><dd>${playbook.status}</dd></div>
<div><dt>Owner</dt><dd>${playbook.owner ?? 'nobody'}</dd></div><div><dt>Id</dt><dd><code>${playbook.id}</code></dd></div>
<div><dt>Digest</dt><dd><code class="wrap">${playbook.digest}</code></dd></div></dl>
${parts.words}${tryLinks(view, id)}
${parts.plan !== null && triggerList(view, parts.plan, parts.positions, figures)}
${parts.graph}${parts.mayDo}${casesPanel(view, id, playbook.publishedVersion, cases)}
<section><h2>Latest runs</h2>${runs.items.length > 0 ? runList(view, runs.items) : empty('It has not run yet.', 'What starts it stands above.')}</section>
<section><h2>Versions</h2>${versionList(view, id, playbook.versions.slice(0, versionsShown))}
${playbook.publishedVersion > 1 && compareForm(view, id, playbook.publishedVersion - 1, playbook.publishedVersion)}
<p><a href="${view.to(`/playbooks/${encodeURIComponent(id)}/versions`)}">All versions</a></p></section>
${parts.source}</article>`,
  };
}
