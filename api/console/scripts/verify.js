/*
 * Recomputes a log in the browser of whoever doubts the server, and holds it against heads that a key has signed which
 * they bring. What it says to people stands in the page.
 */

import { openSource, Refused } from './audit-source.js';
import { keep, recall } from './kept-heads.js';
import { canCheckSignatures, readKey } from './signed-note.js';
import { prepareForm } from './verify-form.js';
import { showKept, showShrunk } from './verify-kept.js';
import { verifyLog } from './verify-log.js';
import { verifyRange } from './verify-range.js';
import { resultOf } from './verify-result.js';
import { fill, showOnly } from './verify-words.js';

/** @typedef {import('./verify-form.js').Asked} Asked */
/** @typedef {import('./verify-log.js').Verdict} Verdict */

const page = document.querySelector('[data-verify]');
if (page instanceof HTMLElement) void begin(page);

/** @param {HTMLElement} page */
async function begin(page) {
  showKept(page);
  if (!isSecureContext || crypto.subtle === undefined) return showOnly(page, 'say', 'insecure');
  if (!(await canCheckSignatures())) return showOnly(page, 'say', 'unsigned');
  const form = page.querySelector('form[data-check]');
  if (!(form instanceof HTMLFormElement)) return;
  prepareForm(page, form, (asked, signal) => check(page, asked, signal));
  showOnly(page, 'say');
  form.hidden = false;
}

/** @param {HTMLElement} page @param {Asked} asked @param {AbortSignal} signal */
async function check(page, asked, signal) {
  const { origin = '', entry = '', of = '' } = page.dataset;
  const { range, serversWord } = asked;
  const place = page.querySelector('[data-result]');
  place?.replaceChildren();
  const { head: kept } = recall(origin);
  showShrunk(page, kept, kept?.size ?? 0);
  const key = await readKey(asked.key);
  if (key === null) return showOnly(page, 'say', 'no-key');
  if (key.name !== origin) {
    fill(page, { otherLog: key.name });
    return showOnly(page, 'say', 'other-log');
  }
  if (range !== null && !(range.to > range.from)) return showOnly(page, 'say', 'no-range');
  const trusted = [...(kept === undefined ? [] : [kept.note]), ...asked.own];
  const began = performance.now();
  showOnly(page, 'say', 'checking');
  try {
    let verdict = await look(page, { key, trusted }, range, signal);
    // Texts that two people let go while this read are in the log at the next look, and not in this one.
    if (!verdict.ok && verdict.findings.every(({ means }) => means === 'retention'))
      verdict = await look(page, { key, trusted }, range, signal);
    const seconds = (performance.now() - began) / 1000;
    const addressOf = (/** @type {number} */ index) => `${entry}${index}${of}`;
    place?.append(resultOf({ verdict, range, serversWord, kept, seconds }, addressOf));
    showOnly(page, 'say', ...(remember(origin, asked, verdict) ? [] : ['not-kept']));
    showKept(page);
  } catch (error) {
    if (signal.aborted) return showOnly(page, 'say', 'stopped');
    const refused = error instanceof Refused ? error : null;
    if (refused?.status === 404) showShrunk(page, kept, 0);
    fill(page, { refusal: refused?.message ?? String(error) });
    showOnly(page, 'say', { 401: 'session', 404: 'no-head' }[refused?.status ?? 0] ?? 'refused');
  }
}

/**
 * @param {HTMLElement} page
 * @param {{ key: import('./signed-note.js').Key, trusted: string[] }} believed
 * @param {Asked['range']} range
 * @param {AbortSignal} signal
 * @returns {Promise<Verdict>}
 */
async function look(page, believed, range, signal) {
  const { api = '', log = '', origin = '' } = page.dataset;
  const source = await openSource({ api, log, signal });
  showShrunk(page, recall(origin).head, source.size);
  const total = Math.min(range?.to ?? source.size, source.size) - (range?.from ?? 0);
  const bar = page.querySelector('progress');
  const progress = (/** @type {number} */ done) => {
    if (bar !== null) {
      bar.max = Math.max(total, 1);
      bar.value = done;
    }
    fill(page, { done, total });
  };
  progress(0);
  return range === null
    ? verifyLog(source, believed, progress)
    : verifyRange(source, { ...believed, ...range }, progress);
}

/**
 * The head of a whole log that held takes the place of the one before; whatever does not hold leaves it.
 * @param {string} origin @param {Asked} asked @param {Verdict} verdict
 */
function remember(origin, { key, serversWord, remember, range }, { ok, head }) {
  const { head: before } = recall(origin);
  const held = range === null && ok && head !== null;
  const kept = held ? { note: head.note, size: head.size, at: new Date().toISOString() } : before;
  return keep(origin, { ...(remember && { key: key.trim(), serversWord }), ...(kept && { head: kept }) });
}
