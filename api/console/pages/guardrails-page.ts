import { lineDiff } from '../../../engine/core/diff/line-diff.ts';
import type { BudgetItem } from '../../../engine/runtime/read/list-budgets.ts';
import type { GuardrailsItem } from '../../../engine/runtime/read/read-guardrails.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked, sourceText } from '../data.ts';
import { heldAddress } from '../held-list.ts';
import { exact, type Html, html } from '../html.ts';
import { table } from '../table.ts';
import { moment, momentOr } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** What no run may do, how much of it is spent, and what waits for a second person. */
export function guardrailsPage(view: View): Promise<PageReply> {
  return page(view, { reason: '', wrong: null, notice: null, status: 200 });
}

/** The digest is the one that the page showed: another proposal in its place is read first. */
export async function confirmProposal(view: View, { form }: Asked): Promise<Reply> {
  const answer = await view.deps.useCases.confirmGuardrails(view.caller, {
    digest: digestOf(form('digest')),
  });
  if (answer.ok) return { redirect: '/settings/guardrails' };
  return page(view, { reason: '', wrong: null, notice: answer.detail, status: statusOf(answer.code) });
}

export async function dropTheProposal(view: View, { form }: Asked): Promise<Reply> {
  const digest = digestOf(form('digest'));
  const reason = (form('reason') ?? '').trim();
  if (reason === '' || reason.length > 500) {
    const wrong =
      reason === '' ? 'Say why it is taken off the table.' : 'A reason has at most 500 characters.';
    return page(view, { reason: reason.slice(0, 500), wrong, notice: null, status: 422 });
  }
  const answer = await view.deps.useCases.dropGuardrails(view.caller, { digest, reason });
  if (answer.ok) return { redirect: '/settings/guardrails' };
  return page(view, { reason, wrong: null, notice: answer.detail, status: statusOf(answer.code) });
}

/** @throws Problem approval/precondition-required */
function digestOf(written: string | undefined): string {
  if (written === undefined || !/^sha256:[0-9a-f]{64}$/.test(written))
    throw new Problem('approval/precondition-required');
  return written;
}

interface Draft {
  reason: string;
  wrong: string | null;
  notice: string | null;
  status: number;
}

async function page(view: View, draft: Draft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const item = await read.readGuardrails(tenant);
  const people = [item.proposedBy, item.confirmedBy, item.proposal?.proposedBy].filter(
    (id) => typeof id === 'string',
  );
  const nameOf = await read.nameOfPeople(tenant, people);
  const who = (id: string | null) => (id === null ? '–' : nameOf(id));
  return {
    status: draft.status,
    title: 'Guardrails',
    section: 'settings',
    content: html`<article><header><h1>Guardrails</h1>
<p>What no run may do, whatever its playbook says. Changing them takes two people.</p></header>
${draft.notice !== null && html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>Nothing was changed.</strong></p><p>${draft.notice}</p></div>`}
${item.proposal !== null && proposed(view, item, item.proposal, who, draft)}
<section><h2>Limits, and how much is spent now</h2>${budgets(view, item.budgets)}</section>
<section><h2>In force</h2>${inForce(view, item, who)}</section></article>`,
  };
}

type Who = (id: string | null) => string;

function inForce(view: View, item: GuardrailsItem, who: Who): Html {
  if (item.version === 0)
    return html`<p>None: only playbooks say what may be done. <code>riposte guardrails publish</code> proposes a file; <code>examples/guardrails.yaml</code> is one to begin with.</p>`;
  return html`<dl class="facts-line"><div><dt>Version</dt><dd>${item.version}</dd></div>
<div><dt>Proposed by</dt><dd>${who(item.proposedBy)}</dd></div><div><dt>Confirmed by</dt><dd>${item.confirmedBy === null ? 'nobody: the first file comes into force by one' : who(item.confirmedBy)}</dd></div>
<div><dt>Since</dt><dd>${momentOr(item.inForceAt, view.nowMs)}</dd></div>
<div><dt>Digest</dt><dd><code class="wrap">${item.digest}</code></dd></div></dl>${sourceText(item.source)}`;
}

function budgets(view: View, items: readonly BudgetItem[]): Html {
  if (items.length === 0) return html`<p>The guardrails in force limit nothing by number.</p>`;
  return table<BudgetItem>(
    'Limits',
    [
      { head: 'Limit', cell: (item) => html`<code>${item.id}</code> ${marked(item.reason)}` },
      { head: 'Spent', cell: spent },
      {
        head: 'Of',
        cell: (item) => `${item.targetKind}: ${item.classes.join(', ')}, in ${span(item.perMs)}`,
      },
      { head: 'Beyond it', cell: (item) => (item.onExceed === 'ask' ? 'people are asked' : 'it is denied') },
      {
        head: 'Waiting',
        cell: (item) =>
          item.waiting === 0 ? '–' : html`<a href="${heldAddress(view, item.budget)}">${item.waiting}</a>`,
      },
    ],
    items,
  );
}

function spent({ spent: used, targets, share }: BudgetItem): string {
  if (targets === null) return `${used} of a fleet that nobody has looked up of late`;
  const part = share === null ? '' : `, ${Math.round(share * 1000) / 10} % of the known fleet`;
  return `${used} of ${targets}${part}`;
}

function span(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48 && Number.isInteger(hours / 24)) return `${hours / 24} days`;
  return hours >= 1 ? `${Math.round(hours * 10) / 10} h` : `${Math.round(ms / 60_000)} min`;
}

type Proposal = NonNullable<GuardrailsItem['proposal']>;

function proposed(view: View, item: GuardrailsItem, proposal: Proposal, who: Who, draft: Draft): Html {
  const mine = proposal.proposedBy === view.caller.personId;
  return html`<section><h2>Proposed</h2><p>${who(proposal.proposedBy)} proposed this ${moment(proposal.proposedAt, view.nowMs)}. Nothing of it holds until a second person confirms it, within 14 days of that.</p>
${changes(item.source, proposal.source)}
<details><summary>The whole proposed file</summary>${sourceText(proposal.source)}</details>
<p>Digest <code class="wrap">${proposal.digest}</code></p>
${may(view, 'guardrails.publish') ? answers(view, proposal, mine, draft) : html`<p>Your roles cannot confirm or reject it.</p>`}</section>`;
}

/** Beyond this many pairs of lines, comparing takes longer than a page should. */
const pairsMax = 4_000_000;

function changes(before: string, after: string): Html {
  const pairs = before.split('\n').length * after.split('\n').length;
  if (pairs > pairsMax) return html`<p>The files are too long to be compared here: read the whole one.</p>`;
  return sourceText(lineDiff('guardrails.yaml', before, after, 'proposed'));
}

function answers(view: View, proposal: Proposal, mine: boolean, { reason, wrong }: Draft): Html {
  const digest = html`${csrfField(view)}<input type="hidden" name="digest" value="${exact(proposal.digest)}">`;
  return html`${
    mine
      ? html`<p>You proposed it, so somebody else has to confirm it.</p>`
      : html`<form class="confirm" method="post" action="${view.to('/settings/guardrails/confirm')}">${digest}
<div class="choice"><button class="act">Put exactly this in force</button></div></form>`
  }
<form class="confirm" method="post" action="${view.to('/settings/guardrails/drop')}"><button disabled hidden></button>${digest}
<div class="fields"><label for="reason">Reason (required)</label>
${wrong !== null && html`<p class="field-error" id="reason-error" role="alert">${wrong}</p>`}
<textarea id="reason" name="reason" rows="1" maxlength="500" required${wrong !== null && html` aria-invalid="true" aria-describedby="reason-error"`}>
${exact(reason)}</textarea></div>
<div class="choice"><button>${mine ? 'Withdraw it' : 'Reject it'}</button></div></form>`;
}
