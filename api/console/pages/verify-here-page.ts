import type { LogItem } from '../../../engine/runtime/read/read-log-state.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { inLog } from '../entry-list.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { exact, type Html, html } from '../html.ts';
import { verifyParts } from '../verify-parts.ts';
import { may, noteReading, type PageReply, type View } from '../view.ts';

/** Where a browser recomputes the log itself. The page gives the words and the addresses; `scripts/verify.js` does it. */
export async function verifyHerePage(view: View, { query }: Asked): Promise<PageReply> {
  await noteReading(view, 'verifyHerePage');
  const { logs } = await view.deps.read.readLogState(view.deps.tenant);
  const [newest, ...earlier] = logs;
  const asked = chosen(
    query,
    'log',
    earlier.map(({ log }) => log),
  );
  const log = earlier.find((each) => each.log === asked) ?? newest;
  return {
    title: 'Verify in this browser',
    section: 'audit',
    script: 'verify',
    content: html`<article class="airy"><p class="dim"><a href="${view.to('/audit')}">Audit</a></p><h1>Verify in this browser</h1>
<p class="lead">Your browser fetches the log's own bytes, hashes them, and holds the result against the heads that the log's key has signed. What the server says of itself counts for nothing here.</p>
<p class="notice"><strong>This page comes from that server too.</strong> It finds what somebody changed in the database. A server in somebody else's hands could send another page: against that, <code>riposte audit export --out log</code> and then <code>riposte audit verify log --key '…'</code> on a machine of yours.</p>
${log === undefined ? html`<p>No log has begun yet.</p>` : checkOf(view, log, log === newest, logs)}
${earlier.length > 0 && filterForm(view.to('/audit/verify'), query, [{ name: 'log', label: 'Log', options: [['', 'The newest'], ...earlier.map((each) => [each.log, each.log] as const)] }], [], {}, 'Choose')}
${may(view, 'audit.verify') && html`<section><h2>What the server says itself</h2><p>It recomputes the log where it lies, and says what waits to be sealed. That is its word.</p><form method="post" action="${view.to('/audit/verify')}">${csrfField(view)}<input type="hidden" name="log" value="${asked ?? ''}"><button>Let the server verify it</button></form></section>`}</article>`,
  };
}

function checkOf(view: View, log: LogItem, isNewest: boolean, logs: readonly LogItem[]): Html {
  const of = isNewest ? '' : inLog(log.log);
  const names = JSON.stringify(logs.map(({ origin }) => origin));
  return html`<div data-verify data-api="${view.to('/v1/audit')}" data-log="${exact(log.log)}" data-origin="${exact(log.origin)}" data-server-key="${exact(log.key ?? '')}" data-entry="${view.to('/audit/')}" data-of="${of}" data-logs="${exact(names)}">
<p>Log <code class="wrap">${log.origin}</code>, ${isNewest ? 'the newest' : 'which is closed'}.</p>
<form data-check hidden>
<div class="fields"><label for="key">The log's key, as you were given it: from your administrator, a contract, an earlier export (required)</label>
<textarea id="key" name="key" rows="3" required autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="name+id+base64"></textarea>
<label for="key-file">Or a file that has it</label><input id="key-file" type="file" data-into="key"></div>
${log.key !== null && html`<details><summary>I was given none</summary><p>The server names this one: <code class="wrap">${log.key}</code>. That is the server's word. A log that was forged with another key would name that one, so it proves little.</p><p><button type="button" data-offer>Use the server's word</button></p></details>`}
<p><label><input type="checkbox" name="remember"> Remember the key in this browser</label></p>
<details><summary>Only a range, or a head of your own</summary>
<p>A range is held against the newest head, so it takes the key that signs now; the whole log takes any key that it has had.</p>
<div class="fields"><label for="from">From entry</label><input id="from" name="from" inputmode="numeric" type="number" min="0" step="1">
<label for="to">To entry</label><input id="to" name="to" inputmode="numeric" type="number" min="0" step="1">
<label for="checkpoint">A head that you kept elsewhere (<code>riposte audit checkpoint</code>)</label><textarea id="checkpoint" name="checkpoint" rows="3" autocomplete="off" spellcheck="false"></textarea>
<label for="checkpoint-file">Or its file</label><input id="checkpoint-file" type="file" data-into="checkpoint"></div></details>
<p><button>Verify</button></p></form>
<section aria-label="What was found">${sayings}
<p class="notice bad" role="alert" data-fact hidden><strong>This log was larger when you last looked</strong>: entries and time, <span data-fill="shrunk"></span>. Its newest signed head is of <span data-fill="nowSize"></span> entries now. The end is gone, or an older backup was put back. Ask who did it before you forget what this browser keeps.</p>
<div data-result role="status"></div></section>
<section><h2>What this browser keeps</h2><p data-keeps="nothing" hidden>Nothing yet. After a whole log has held, its head is kept here, so that a log that is shorter or another one next time is seen.</p><p data-keeps="something" hidden>The last head of each log that held, against which the next one is held. It stays in this browser.</p><ul class="plain" data-kept></ul></section>
${verifyParts()}</div>`;
}

const offline = html`Take an export (<code>riposte audit export --out log</code>) and verify it on a machine of yours: <code>riposte audit verify log --key '…'</code>.`;

/** One of these at a time. The first is what is seen where no script runs. */
const sayings = html`<p class="notice warn" data-say="no-script"><strong>Nothing can be checked here</strong>: this browser runs no scripts. ${offline}</p>
<p class="notice warn" data-say="insecure" hidden><strong>Nothing can be checked here</strong>: browsers hash and check signatures only on pages that came over https. ${offline}</p>
<p class="notice warn" data-say="unsigned" hidden><strong>Nothing can be checked here</strong>: this browser cannot check the signatures of the log (Ed25519); those since the spring of 2025 can. Without them a root says nothing about who made it. ${offline}</p>
<div data-say="checking" role="status" hidden><p><progress max="1" value="0" aria-label="Entries recomputed"></progress> <span data-fill="done">0</span> of <span data-fill="total">–</span> entries</p><p><button type="button" data-stop>Stop</button></p></div>
<p class="notice" data-say="stopped" role="status" hidden>Stopped. Nothing was judged.</p>
<p class="notice bad" data-say="no-key" role="alert" hidden>That is no key. It has the form <code>name+id+base64</code>, in one line, and its id follows from the rest: copy all of it.</p>
<p class="notice bad" data-say="other-log" role="alert" hidden>This key is of the log <code class="wrap" data-fill="otherLog"></code>, and that is not the log of this page. If you expected it to be, the log was replaced: ask who began a new one.</p>
<p class="notice bad" data-say="no-range" role="alert" hidden>The range ends before it begins.</p>
<p class="notice bad" data-say="session" role="alert" hidden>Your session has ended. Nothing was judged: sign in and begin again.</p>
<p class="notice bad" data-say="no-head" role="alert" hidden>No head of this log is signed. One that has just begun has one in a second; if it stays, nothing in it is proved.</p>
<p class="notice bad" data-say="refused" role="alert" hidden><strong>The server did not answer what was asked, so nothing is proved.</strong> It said: <span data-fill="refusal"></span>. Begin again; if it stays, take an export or a backup and verify that.</p>
<p class="notice warn" data-say="not-kept" role="status" hidden>This browser keeps nothing, so the head is not remembered.</p>`;
