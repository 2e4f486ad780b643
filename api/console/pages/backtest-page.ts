import { limitMost } from '../../../engine/runtime/backtest-playbook.ts';
import { found } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { backtestResult } from '../backtest-result.ts';
import { csrfField } from '../csrf.ts';
import { type Html, html } from '../html.ts';
import { playbookLink } from '../links.ts';
import { noteReading, type PageReply, type View } from '../view.ts';

/* What the version in force would have done about past alerts. A text that is not published is tried with the command. */

const offered = ['1', '7', '30', '90'];
const daysUsual = '30';
const dayMs = 86_400_000;

export async function backtestPage(view: View, asked: Asked): Promise<PageReply> {
  return page(view, asked.id, { days: daysUsual, result: null });
}

export async function runBacktest(view: View, { id, form, gone }: Asked): Promise<PageReply> {
  const days = offered.find((each) => each === form('days')) ?? daysUsual;
  const since = new Date(view.nowMs - Number(days) * dayMs).toISOString();
  const input = { playbookId: id, since, until: null, limit: limitMost, candidate: null, gone };
  const answer = await view.deps.useCases.backtestPlaybook(view.caller, input);
  if (!answer.ok) {
    const wrong = html`<p role="alert" class="field-error">${answer.detail}</p>`;
    return page(view, id, { days, result: wrong, status: statusOf(answer.code) });
  }
  await noteReading(view, `backtestPlaybook ${id}`, { alerts: 'backtest' });
  return page(view, id, { days, result: backtestResult(view, answer.report) });
}

async function page(
  view: View,
  id: string,
  { days, result, status = 200 }: { days: string; result: Html | null; status?: number },
): Promise<PageReply> {
  const playbook = found(await view.deps.read.readPlaybook(view.deps.tenant, id));
  return {
    status,
    title: `Backtest of ${playbook.title}`,
    section: 'playbooks',
    content: html`<article><p class="dim">${playbookLink(view, playbook)}</p><h1>What would it have done?</h1>
<p>Plays version ${playbook.version} over the alerts that arrived, up to the newest ${limitMost.toLocaleString('en')}. No system is asked and nothing is changed. It takes up to 20 seconds.</p>
<form class="filter" method="post" action="${view.to(`/playbooks/${encodeURIComponent(id)}/backtest`)}">${csrfField(view)}
<label>Alerts of the last<select name="days">${offered.map((each) => html`<option value="${each}"${each === days && html` selected`}>${each === '1' ? 'day' : `${each} days`}</option>`)}</select></label><button>Play them</button></form>
<p class="small dim">A text that is not published yet: <code>riposte backtest playbook.yaml</code> sets it beside this version.</p>
${result}</article>`,
  };
}
