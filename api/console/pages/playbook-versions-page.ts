import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { html } from '../html.ts';
import { pager } from '../table.ts';
import { compareForm, versionList } from '../version-list.ts';
import type { PageReply, View } from '../view.ts';

/** Everything that was ever published under this id. */
export async function playbookVersionsPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const { title } = found(await read.namePlaybook(tenant, id));
  const page = await read.listVersions(tenant, id, { limit: 50, cursor: query('cursor') });
  const path = view.to(`/playbooks/${encodeURIComponent(id)}`);
  const newest = page.items[0]?.publishedVersion ?? 1;
  return {
    title: `${title}, versions`,
    section: 'playbooks',
    content: html`<p class="dim"><a href="${path}">${title}</a></p><h1>Versions</h1>
${newest > 1 && compareForm(view, id, newest - 1, newest)}
${versionList(view, id, page.items)}${pager(`${path}/versions`, query, [], page.next)}`,
  };
}
