import { askedAs } from '../../engine/core/identity/may-decide.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { isJsonObject } from '../../schemas/json.ts';

import { data } from './data.ts';
import { type Html, html, type Value } from './html.ts';
import { approvalLink, runLink } from './links.ts';
import { stepState } from './states.ts';
import { momentOr } from './times.ts';
import { may, type View } from './view.ts';

export interface Aftermath {
  content: Html;
  /** Something is still going on, and nobody writes or reads anything that this would take from them. */
  looksAgain: boolean;
}

/**
 * What followed from the decision until the effect is confirmed, then the next question for me.
 * `mayLookAgain`: the page holds nothing that is lost when it looks again by itself.
 */
export async function aftermath(
  view: View,
  approval: ApprovalDetail,
  mayLookAgain: boolean,
): Promise<Aftermath> {
  const { read, tenant } = view.deps;
  const [[step], waiting] = await Promise.all([
    read.stepsNamed(tenant, [{ run: approval.run.id, path: approval.step }]),
    read.listApprovals(tenant, { mine: askedAs(view.caller), held: 'none', sort: 'expiresAt' }, { limit: 2 }),
  ]);
  const next = waiting.items.find((one) => one.id !== approval.id);
  const underWay = approval.state === 'granted' && (step?.status === 'active' || step?.status === 'pending');
  const looksAgain = underWay && mayLookAgain;
  return {
    looksAgain,
    content: html`<section class="after"><h2>What followed</h2>${step === undefined ? null : stepLines(view, approval, step)}
<p>${runLink(view, approval.run.id)} ${looksAgain && html`<span class="dim">This page looks again by itself.</span>`}</p>
${next !== undefined && html`<p>Next for you: ${approvalLink(view, next.id, next.question)}</p>`}</section>`,
  };
}

function stepLines(view: View, approval: ApprovalDetail, step: StepItem): Html {
  const newer = step.approvalId !== null && step.approvalId !== approval.id ? step.approvalId : null;
  return html`<p>${stepState(step)} ${words(view, approval, step)} ${step.finishedAt !== null && momentOr(step.finishedAt, view.nowMs)}</p>
${newer !== null && html`<p>It was asked again after this: ${approvalLink(view, newer, 'the newer question')}</p>`}`;
}

function words(view: View, approval: ApprovalDetail, step: StepItem): Value {
  const { card } = approval;
  switch (step.status) {
    case 'succeeded':
      return [
        step.simulated ? 'Only pretended, the playbook is in audit mode. ' : 'Done. ',
        `Way back: ${card.wayBack}`,
      ];
    case 'failed':
      return [messageOf(view, step.failure), ' Read the run before you repeat anything.'];
    case 'skipped':
    case 'denied':
    case 'cancelled':
      return step.attempts === 0 ? 'Nothing was done.' : triedWords(step.attempts);
    case 'active':
      return approval.state === 'granted' ? (activeWords[step.phase ?? ''] ?? 'It is being done.') : null;
    default:
      return null;
  }
}

/** An attempt may have been taken back unsent, have failed, or be one that nobody knows the outcome of. */
function triedWords(attempts: number): string {
  return `It ended after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}. Read the run for what came of it.`;
}

const activeWords: { readonly [phase: string]: string } = {
  asking: 'Not done yet: it has to be asked again.',
  held: 'Approved, and held back: an emergency stop is set, everything is paused, or the same effect is just being taken back there. Nothing was sent.',
  dispatched: 'Approved and handed to a worker.',
  confirming: 'The system took it; waiting until it reports the effect.',
  undecided: 'Nobody knows whether it was done. A person is asked to look.',
  reconciling: 'The answer was lost. Looking at the target before anything is repeated.',
  'backing-off': 'The last attempt failed; the next one follows.',
};

function messageOf(view: View, failure: StepItem['failure']): Value {
  if (!isJsonObject(failure)) return null;
  const { code, message } = failure;
  const said = typeof message === 'string' && may(view, 'values.read') ? data(message) : null;
  return [typeof code === 'string' && html`<code>${code}</code> `, said];
}
