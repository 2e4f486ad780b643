import type { Target } from '../../engine/runtime/read/target.ts';
import { data, marked, nameData } from './data.ts';
import { type Html, html } from './html.ts';
import type { Form } from './read-form.ts';
import type { View } from './view.ts';

/** The name that people know, with the kind. */
export function targetText(target: Target | null): Html {
  if (target === null) return html`<span class="dim">–</span>`;
  return html`<span class="target">${target.kind} ${nameData(target.name ?? target.id)}</span>`;
}

/** With the immutable id beside the name, for two may share a name: two copies of a mail always do. */
export function targetWithId(target: Target | null): Html {
  if (target === null || target.name === null || target.name === target.id) return targetText(target);
  return html`${targetText(target)} <span class="dim small">id ${nameData(target.id)}</span>`;
}

export function targetList(targets: readonly Target[]): Html {
  if (targets.length === 0) return html`<span class="dim">–</span>`;
  const shown = targets.slice(0, 3).map((target, index) => html`${index > 0 && ', '}${targetText(target)}`);
  return html`${shown}${targets.length > 3 && html` <span class="dim">and ${targets.length - 3} more</span>`}`;
}

export function runLink(view: View, id: string): Html {
  return html`<a class="id" href="${view.to(`/runs/${encodeURIComponent(id)}`)}">${shortId(id)}</a>`;
}

export function playbookLink(view: View, playbook: { id: string; title: string; version?: string }): Html {
  const { id, title, version } = playbook;
  return html`<a href="${view.to(`/playbooks/${encodeURIComponent(id)}`)}">${title}</a>${version !== undefined && html` <span class="dim">${version}</span>`}`;
}

export function alertLink(view: View, alert: { id: string; title: string }): Html {
  return html`<a href="${view.to(`/alerts/${encodeURIComponent(alert.id)}`)}">${marked(alert.title)}</a>`;
}

/** Its title is its sender's; where that stands already, or is not known, its id. */
export function incidentLink(view: View, incident: { id: string; title?: string }): Html {
  const { id, title } = incident;
  const at = view.to(`/incidents/${encodeURIComponent(id)}`);
  return title === undefined
    ? html`<a class="id" href="${at}">${shortId(id)}</a>`
    : html`<a href="${at}">${marked(title)}</a>`;
}

/** Of a list that was asked for one incident. */
export function incidentOnly(view: View, incident: string | undefined): Html | null {
  return incident === undefined
    ? null
    : html` <span aria-current="true">Only incident ${incidentLink(view, { id: incident })}</span>`;
}

/** What a filter form keeps of it. */
export function incidentKept(query: Form): { [name: string]: string } {
  const incident = query('incident');
  return incident === undefined ? {} : { incident };
}

export function approvalLink(view: View, id: string, words: string): Html {
  return html`<a href="${view.to(`/a/${encodeURIComponent(id)}`)}">${words}</a>`;
}

/** `run_…c3f9`: the end of a UUIDv7 tells neighbours apart, its beginning is the time. */
export function shortId(id: string): string {
  const underscore = id.indexOf('_');
  return id.length > 20 && underscore > 0 ? `${id.slice(0, underscore + 1)}…${id.slice(-6)}` : id;
}

/** A link that came with data names where it leads, and leads nowhere unless it is a web address. */
export function outward(link: string): Html {
  if (!/^https?:\/\//i.test(link) || !URL.canParse(link)) return data(link);
  const { href, host } = new URL(link);
  return html`<a href="${href}" rel="noreferrer noopener">${data(host)} ↗</a>`;
}
