import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { isJsonObject } from '../../schemas/json.ts';
import { data, jsonData, marked, nameData } from './data.ts';
import { factList } from './fact-list.ts';
import { type Html, html, type Value } from './html.ts';
import { alertLink, incidentLink, outward, playbookLink, runLink } from './links.ts';
import { noticeList } from './notice-list.ts';
import { expiry, moment } from './times.ts';
import type { View } from './view.ts';

/**
 * The card in the order of console 2.5, everything in full: what is approved is what is shown, and
 * the digest of the stored plan says so.
 */
export function approvalCard(view: View, approval: ApprovalDetail): Html {
  const { card } = approval;
  return html`<dl class="card ${card.class}">
${row('What happens', html`<strong>${marked(card.happens)}</strong> <span class="chip ${card.class}">${card.class}</span>`)}
${row('Target', card.targets.length === 0 ? 'No target of its own' : card.targets.map((target) => targetBlock(view, approval, target)))}
${row('Way back', html`${!card.reversible && html`<strong>Cannot be undone.</strong> `}${marked(card.wayBack)}`)}
${row('Reach', reach(approval))}
${row('Arguments', argumentsOf(approval))}
${row('Evidence', evidence(view, approval))}
${row('Say no if', card.falsepositives.length === 0 ? html`<span class="dim">The playbook names no harmless look-alikes.</span>` : html`<ul class="plain">${card.falsepositives.map((text) => html`<li>${marked(text)}</li>`)}</ul>`)}
${row('Asked by', html`${playbookLink(view, approval.playbook)}, step ${card.stepName} <span class="dim">(${approval.step})</span> · ${runLink(view, approval.run.id)} · started by ${starter(approval)}${approval.askNumber > 1 && html` · asked for the ${ordinal(approval.askNumber)} time`}`)}
${row('Needs', needs(view, approval))}
${approval.notices.length > 0 && row('Told', noticeList(view, approval))}
${row(...deadline(view, approval))}
${row('Digest', digest(approval))}
</dl>`;
}

function row(name: string, value: Value): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** Id, name and what a read action last saw, with the moment it saw it. */
function targetBlock(view: View, approval: ApprovalDetail, target: ApprovalDetail['targets'][number]): Html {
  const known = approval.facts.find((fact) => fact.kind === target.kind && fact.id === target.id);
  return html`<p>${target.kind} <strong>${nameData(target.name ?? target.id)}</strong> <span class="dim">id ${data(target.id)}</span></p>
${known !== undefined && factList(known.facts)}
${known !== undefined && html`<p class="small dim">Read ${moment(known.readAt, view.nowMs)}</p>`}`;
}

function reach({ targets, plan, run }: ApprovalDetail): Html {
  const connector = plan.connector;
  const instance = isJsonObject(connector) ? connector.instance : undefined;
  const kinds = new Set(targets.map((target) => target.kind));
  const noun = kinds.size === 1 ? [...kinds].join('') : 'target';
  return html`${targets.length} ${noun}${targets.length !== 1 && 's'}${typeof instance === 'string' && html` through the connection <code>${instance}</code>`}${
    run.state === 'cancelled' && ' · the run was cancelled'
  }`;
}

function argumentsOf({ card }: ApprovalDetail): Html {
  if (card.arguments.length === 0)
    return html`<code>${card.action}</code> <span class="dim">takes none</span>`;
  return html`<p><code>${card.action}</code></p><dl class="values">${card.arguments.map(
    ({ name, value }) => html`<div><dt>${name}</dt><dd>${jsonData(value)}</dd></div>`,
  )}</dl>`;
}

function evidence(view: View, { card, alertId, incidentId }: ApprovalDetail): Html {
  const alert =
    alertId === null ? null : html`<li>${alertLink(view, { id: alertId, title: 'The alert' })}</li>`;
  const incident =
    incidentId === null ? null : html`<li>The incident ${incidentLink(view, { id: incidentId })}</li>`;
  return html`<ul class="plain">${card.evidence.map(
    ({ label, value, link }) =>
      html`<li>${label}${value !== undefined && html`: ${value === '' ? html`<span class="dim">nothing</span>` : jsonData(value)}`}${link !== undefined && html` ${outward(link)}`}</li>`,
  )}${alert}${incident}</ul>`;
}

function needs(view: View, approval: ApprovalDetail): Html {
  const { quorum, approvers, separate, requireComment, votes, withdrawn } = approval;
  const rules = [
    `${quorum} of ${approvers.join(', ')}`,
    separate && 'not you if you started it or published the playbook',
    requireComment === 'always' && 'with a comment',
    requireComment === 'on_deny' && 'a no needs a comment',
  ];
  return html`${rules.filter((rule) => rule !== false).join(' · ')}
${votes.length === 0 ? html`<p class="dim">No vote so far.</p>` : html`<div>${votes.map((vote) => voteLine(view, vote))}</div>`}
${withdrawn.map((each) => withdrawnLine(view, each))}`;
}

function withdrawnLine(
  view: View,
  { person, votedAt, comment, at }: ApprovalDetail['withdrawn'][number],
): Html {
  const why = comment === null || comment === '' ? null : html` ${data(comment)}`;
  return html`<p class="dim"><strong>${person.name}</strong> approved ${moment(votedAt, view.nowMs)} and took it back ${moment(at, view.nowMs)}${why}</p>`;
}

function deadline(view: View, approval: ApprovalDetail): [string, Value] {
  const { state, standsStill, expiresAt, executeBefore, endedAt } = approval;
  if (state === 'pending') {
    const when = standsStill ? expiry(approval, view.nowMs) : moment(expiresAt, view.nowMs);
    return [
      'Expires',
      html`<span data-part="deadline">${when}</span> <span class="dim">Silence is a no.</span>`,
    ];
  }
  if (state === 'granted' && executeBefore !== null)
    return ['Valid until', moment(executeBefore, view.nowMs)];
  return ['Closed', moment(endedAt ?? expiresAt, view.nowMs)];
}

export function voteLine(view: View, vote: ApprovalDetail['votes'][number]): Html {
  const word = vote.decision === 'approve' ? 'approved' : 'denied';
  const comment = vote.comment === null || vote.comment === '' ? null : html` ${data(vote.comment)}`;
  return html`<p><strong>${vote.person.name}</strong> ${word} ${moment(vote.at, view.nowMs)}${vote.signed && ', signed with a passkey'}${comment}</p>`;
}

function digest({ digest: whole, plan }: ApprovalDetail): Html {
  return html`<details><summary><code>${whole.slice(0, 'sha256:'.length + 12)}…</code> exact instruction</summary>
<p><code class="wrap">${whole}</code></p>${jsonData(plan)}</details>`;
}

/** Nobody did when a trigger did; its name says what it waits for. */
function starter({ requester: { id, name } }: ApprovalDetail): Html {
  const trigger = /^trigger:(.+)$/.exec(id)?.[1];
  return trigger === undefined ? html`${name}` : html`its trigger <code>${trigger}</code>`;
}

function ordinal(count: number): string {
  return count === 2 ? 'second' : count === 3 ? 'third' : `${count}th`;
}
