import type { JsonObject } from '../../schemas/json.ts';
import { exact, type Html, html } from './html.ts';
import type { PageReply, Section } from './view.ts';

export interface PasskeyStep {
  title: string;
  section?: Section;
  /** Why the key is asked. */
  lead: Html;
  ask: 'create' | 'get';
  options: JsonObject;
  /** Where the answer goes, as the browser knows it. */
  action: string;
  /** Sent along with it. */
  fields: Html;
  /** Where what is signed is read, and an open page asks whether it still is so. */
  lookAt?: string;
  /** Where that is shown once more with what was written, when it is not. */
  readAgain?: string;
  /** What to do without a key. */
  otherwise: Html;
}

/** The page on which the browser asks for a passkey: nothing else takes a script. */
export function passkeyStep(step: PasskeyStep): PageReply {
  const { title, section, lead, ask, options, action, fields, lookAt, readAgain, otherwise } = step;
  return {
    title,
    script: 'passkey',
    ...(section !== undefined && { section }),
    ...(lookAt !== undefined && { live: ['approvals'], lookAt }),
    content: html`<article class="airy" data-keep><h1>${title}</h1>${lead}
<form method="post" action="${action}" data-ask="${ask}" data-options="${exact(JSON.stringify(options))}">${fields}<input type="hidden" name="answer" value="">
<p data-say="unable" class="notice warn">This browser cannot be asked for a passkey: it runs no scripts, or is older than the spring of 2025.</p>
<p data-say="asking" role="status" hidden>Your browser asks for the passkey. Follow what it says.</p>
<p data-say="failed" role="alert" class="notice bad" hidden><strong>No passkey answered.</strong> It was cancelled, took too long, or there is none here that fits. Nothing was done.</p>
<p data-say="changed" role="alert" class="notice warn" hidden><strong>What you were to sign changed meanwhile.</strong> Nothing was sent.</p>
<p><button type="button" class="act" data-press hidden>Ask for the passkey</button></p></form>
${readAgain !== undefined && html`<form method="post" action="${readAgain}" data-reads hidden>${fields}<p><button>Read it as it is now</button></p></form>`}
${otherwise}</article>`,
  };
}
