import type { TaskDetail } from '../../../engine/runtime/read/read-task.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { TaskId } from '../../../schemas/ids.ts';
import { maskTask } from '../../http/mask-task.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { answersFor } from '../../routes/tasks.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { exact, type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import { taskState } from '../states.ts';
import { taskCard } from '../task-card.ts';
import { relative } from '../times.ts';
import { versionOf } from '../version-of.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** An effect that nobody knows about, with where to look and what follows. Opening it changes nothing. */
export async function taskPage(view: View, { id, query }: Asked): Promise<PageReply> {
  return page(view, await readCard(view, id), { answering: query('answer') === 'now' });
}

/** The use case judges the answer inside its transaction; its word is the one that counts. */
export async function answerTask(view: View, { id, form }: Asked): Promise<Reply> {
  const task = await readCard(view, id);
  const [answer, digest] = [form('answer'), form('digest')];
  if (answer !== 'happened' && answer !== 'did-not-happen' && answer !== 'ask')
    throw new Problem('request/invalid', 'The form does not say what became of it. Nothing was recorded.');
  if (digest === undefined) throw new Problem('task/precondition-required');
  const proof = (form('proof') ?? '').replaceAll('\r\n', '\n').trim();
  if (proof.length > 2000) throw new Problem('request/invalid', 'What you saw has at most 2,000 characters.');
  const told = await view.deps.useCases.answerTask(view.caller, {
    taskId: id as TaskId,
    answer,
    proof,
    digest,
  });
  if (told.ok) return { redirect: `/t/${encodeURIComponent(id)}` };
  const now = told.code === 'task/closed' ? await readCard(view, id) : task;
  return page(view, now, { proof, refusal: told, answering: true });
}

async function readCard(view: View, id: string): Promise<TaskDetail> {
  return found(await view.deps.read.readTask(view.deps.tenant, id));
}

interface Shown {
  proof?: string;
  /** Somebody writes an answer although the target is being asked. */
  answering: boolean;
  refusal?: { code: Code; detail: string };
}

function page(view: View, task: TaskDetail, { proof = '', refusal, answering }: Shown): PageReply {
  const open = task.state === 'open';
  const asking = task.exchanges.some(
    ({ purpose, state }) => purpose === 'check' && (state === 'queued' || state === 'claimed'),
  );
  const left = Date.parse(task.answerBefore) - view.nowMs;
  const missing = refusal?.code === 'task/proof-required';
  // A page that looks again by itself would take away what somebody is writing.
  const watching = asking && !answering;
  return {
    status: refusal === undefined ? 200 : statusOf(refusal.code),
    title: task.question,
    section: 'actions',
    live: [`runs:${task.run.id}`],
    content: html`<article class="approval" data-version="${versionOf([task.state, task.digest, task.contradicted, asking, task.late.length, answersFor(view.caller, task).refusals])}">${refusal !== undefined && !missing && notice(view, task, refusal)}
<p hidden data-told>${toldOfTask(task, asking)}</p><header><h1>${marked(task.question)}</h1>
<div class="lead" data-part="lead">${taskState(task.state)} ${open && html`· <strong class="expiry">${left > 0 ? `answer ${relative(left)}` : 'the time to answer is over'}</strong>`}${asking && html` · the target is being asked`}</div>
<p>${marked(task.why)}</p>
${task.contradicted && html`<div class="notice bad" role="alert"><p><strong>The target said otherwise later.</strong> The step stays as it ended. Look at the target, and undo or contain what has to be.</p></div>`}</header>
${taskCard(view, may(view, 'values.read') ? task : maskTask(task))}</article>`,
    ...(open && { bar: answerBar(view, task, { proof, missing, asking, watching, over: left <= 0 }) }),
    ...(open && watching && { refreshSeconds: 3 }),
  };
}

/** What a page that is open says when it is not what it was. */
function toldOfTask({ state, answeredBy, contradicted }: TaskDetail, asking: boolean): string {
  if (contradicted) return 'The target said otherwise later.';
  if (state !== 'open') return `This was settled${answeredBy === null ? '' : ` by ${answeredBy.name}`}.`;
  return asking ? 'The target is being asked.' : 'Something about this changed.';
}

function notice(view: View, task: TaskDetail, { code, detail }: { code: Code; detail: string }): Html {
  const title = code === 'task/closed' ? 'What you said just now does not count.' : 'Nothing was recorded.';
  return html`<div class="notice ${code === 'task/closed' ? 'quiet' : 'bad'}" role="alert" tabindex="-1" autofocus><p><strong>${title}</strong></p><div>${detail}${code === 'auth/fresh-sign-in' && proveAgain(view, `/t/${task.id}`)}</div></div>`;
}

interface Answering {
  proof: string;
  missing: boolean;
  asking: boolean;
  watching: boolean;
  over: boolean;
}

/** Three answers of the same size. A text area comes first, so that Enter presses none of them. */
function answerBar(
  view: View,
  task: TaskDetail,
  { proof, missing, asking, watching, over }: Answering,
): Html {
  const { refusals } = answersFor(view.caller, task);
  const { answer } = refusals;
  const not = answer?.reason ?? (over ? 'The time to answer is over; silence is a no.' : undefined);
  if (not !== undefined)
    return html`<div class="bar"><p class="reason">${icon('stop')}<span>You cannot answer: ${not}</span></p></div>`;
  if (watching)
    return html`<div class="bar"><p class="reason">${icon('clock')}<span>The target is being asked; this page looks again by itself. <a href="${view.to(`/t/${encodeURIComponent(task.id)}?answer=now`)}">Answer without waiting for it</a></span></p></div>`;
  const ask = asking ? { reason: 'It is being asked just now.' } : refusals.ask;
  return html`<form class="bar" method="post" action="${view.to(`/t/${encodeURIComponent(task.id)}/answers`)}"><button disabled hidden></button>${csrfField(view)}<input type="hidden" name="digest" value="${exact(task.digest)}">
<div class="fields"><label for="proof">What you looked at and what it showed (needed to say that it did or did not happen)</label>
${missing && html`<p class="field-error" id="proof-error" role="alert">Nothing was recorded yet: say what you saw.</p>`}
<textarea id="proof" name="proof" rows="1" maxlength="2000"${missing && html` aria-invalid="true" aria-describedby="proof-error"`}>
${exact(proof)}</textarea>
${ask !== undefined && html`<p id="why-not" class="small">Cannot be asked: ${ask.reason}</p>`}</div>
<div class="choice">
<button class="wide" name="answer" value="ask"${ask !== undefined && html` disabled aria-describedby="why-not"`}>${icon('back')}Ask the target once more</button>
<button name="answer" value="did-not-happen">${icon('cross')}It did not happen</button>
<button name="answer" value="happened">${icon('check')}It happened</button>
</div></form>`;
}
