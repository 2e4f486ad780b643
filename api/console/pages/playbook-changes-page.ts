import { diffStored } from '../../../engine/core/diff/diff-stored.ts';
import { lineDiff } from '../../../engine/core/diff/line-diff.ts';
import type { VersionDetail } from '../../../engine/runtime/read/read-version.ts';
import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { changeList } from '../change-list.ts';
import { diffText } from '../data.ts';
import { type Html, html } from '../html.ts';
import { compareForm, versionAddress } from '../version-list.ts';
import type { PageReply, View } from '../view.ts';

/** What two versions mean differently, and below it their lines. Nothing named: the current one and the one before. */
export async function playbookChangesPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const { title } = found(await read.namePlaybook(tenant, id));
  const newest = found((await read.listVersions(tenant, id, { limit: 1 })).items[0] ?? null);
  const to = query('to') ?? String(newest.publishedVersion);
  const after = found(await read.readVersion(tenant, id, to));
  const from = query('from') ?? String(Math.max(1, after.publishedVersion - 1));
  const before = found(await read.readVersion(tenant, id, from));
  return {
    title: `${title}, changes`,
    section: 'playbooks',
    content: html`<article><p class="dim"><a href="${view.to(`/playbooks/${encodeURIComponent(id)}`)}">${title}</a></p>
<h1>From ${nameOf(before)} to ${nameOf(after)}</h1>
${compareForm(view, id, before.publishedVersion, after.publishedVersion)}
<section><h2>What it means</h2>${meaning(view, id, before, after)}</section>
<section><h2>Lines</h2>${lines(id, before, after)}</section></article>`,
  };
}

function nameOf({ publishedVersion, version }: VersionDetail): string {
  return `${publishedVersion} (${version})`;
}

function meaning(view: View, id: string, before: VersionDetail, after: VersionDetail): Html {
  const diff = diffStored(before, after);
  if (diff === null)
    return html`<p>One of them was compiled by another compiler than this server's, so that their meaning cannot be compared here. Read the lines.</p>`;
  if (diff.sameMeaning) return html`<p>Both mean the same.</p>`;
  const count = diff.changes.filter(({ risk }) => risk === 'bolder').length;
  const side = ({ publishedVersion: number }: VersionDetail) => ({
    number,
    address: versionAddress(view, id, number),
  });
  return html`<p>${count === 0 ? 'Nothing became bolder.' : html`<strong>${count === 1 ? 'One change makes' : `${count} changes make`} it bolder.</strong> What cannot be compared counts as bolder.`}</p>
${changeList(diff.changes, side(before), side(after))}`;
}

function lines(id: string, before: VersionDetail, after: VersionDetail): Html {
  if (before.source === after.source) return html`<p>The texts are the same.</p>`;
  return diffText(lineDiff(`${id}.yaml`, before.source, after.source, `version ${after.publishedVersion}`));
}
