/*
 * Recomputes a log in the browser of whoever doubts the server, and holds it against heads that a key has signed which
 * they bring. What it says to people stands in the page.
 */

import { openSource, Refused } from './audit-source.js';
import { forget, keep, keptNames, recall } from './kept-heads.js';
import { canCheckSignatures, readKey } from './signed-note.js';
import { verifyLog } from './verify-log.js';
import { verifyRange } from './verify-range.js';
import { resultOf } from './verify-result.js';
import { fill, partOf, showOnly, utc } from './verify-words.js';

const page = document.querySelector('[data-verify]');
if (page instanceof HTMLElement) void begin(page);

/** @param {HTMLElement} page */
async function begin(page) {
  showKept(page);
  if (!isSecureContext || crypto.subtle === undefined) return showOnly(page, 'say', 'insecure');
  if (!(await canCheckSignatures())) return showOnly(page, 'say', 'unsigned');
  const form = page.querySelector('form[data-check]');
  if (!(form instanceof HTMLFormElement)) return;
  prepare(page, form);
  showOnly(page, 'say');
  form.hidden = false;
}

/** @param {HTMLElement} page @param {HTMLFormElement} form */
function prepare(page, form) {
  const { origin = '', serverKey = '' } = page.dataset;
  const key = field(form, 'key');
  const remember = form.elements.namedItem('remember');
  const kept = recall(origin);
  if (kept.key !== undefined) key.value = kept.key;
  if (remember instanceof HTMLInputElement) remember.checked = kept.key !== undefined;
  let offered = kept.serversWord === true ? kept.key : undefined;
  page.querySelector('button[data-offer]')?.addEventListener('click', () => {
    key.value = serverKey;
    offered = serverKey;
  });
  for (const input of form.querySelectorAll('input[data-into]'))
    input.addEventListener('change', () => {
      if (input instanceof HTMLInputElement) void readFile(input, field(form, input.dataset.into ?? ''));
    });
  /** @type {AbortController | null} */
  let running = null;
  page.querySelector('button[data-stop]')?.addEventListener('click', () => running?.abort());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (running !== null) return;
    running = new AbortController();
    form.dataset.busy = '';
    const asked = {
      key: key.value,
      serversWord: key.value.trim() === offered?.trim(),
      remember: remember instanceof HTMLInputElement && remember.checked,
      checkpoint: field(form, 'checkpoint').value,
      from: field(form, 'from').value,
      to: field(form, 'to').value,
    };
    await check(page, asked, running.signal);
    delete form.dataset.busy;
    running = null;
  });
}

/**
 * @param {HTMLElement} page
 * @param {{ key: string, serversWord: boolean, remember: boolean, checkpoint: string, from: string, to: string }} asked
 * @param {AbortSignal} signal
 */
async function check(page, asked, signal) {
  const { api = '', log = '', origin = '', entry = '', of = '' } = page.dataset;
  const place = page.querySelector('[data-result]');
  place?.replaceChildren();
  const key = await readKey(asked.key);
  if (key === null) return showOnly(page, 'say', 'no-key');
  if (key.name !== origin) {
    fill(page, { otherLog: key.name });
    return showOnly(page, 'say', 'other-log');
  }
  const range =
    asked.from === '' && asked.to === ''
      ? null
      : { from: Number(asked.from), to: asked.to === '' ? Number.POSITIVE_INFINITY : Number(asked.to) + 1 };
  if (range !== null && !(range.to > range.from)) return showOnly(page, 'say', 'no-range');
  const kept = recall(origin);
  // A text area gives its lines as they were, and a copied one often without its end.
  const own = asked.checkpoint.trim() === '' ? [] : [`${asked.checkpoint.trim()}\n`];
  const trusted = [...(kept.head === undefined ? [] : [kept.head.note]), ...own];
  const began = performance.now();
  showOnly(page, 'say', 'checking');
  try {
    const look = async () => {
      const source = await openSource({ api, log, signal });
      showShrunk(page, kept.head, source.size);
      const total = Math.min(range?.to ?? source.size, source.size) - (range?.from ?? 0);
      const progress = progressOf(page, total);
      return range === null
        ? verifyLog(source, { key, trusted }, progress)
        : verifyRange(source, { key, trusted, ...range }, progress);
    };
    let verdict = await look();
    // Texts that two people let go while this read are in the log at the next look, and not in this one.
    if (!verdict.ok && verdict.findings.every(({ means }) => means === 'retention')) verdict = await look();
    const checked = {
      verdict,
      range,
      serversWord: asked.serversWord,
      kept: kept.head,
      seconds: (performance.now() - began) / 1000,
    };
    place?.append(resultOf(checked, (index) => `${entry}${index}${of}`));
    showOnly(page, 'say');
    const head = range === null && verdict.ok && verdict.head !== null ? verdict.head : null;
    const isKept = keep(origin, {
      ...(asked.remember && { key: key.text, serversWord: asked.serversWord }),
      ...(head === null
        ? kept.head && { head: kept.head }
        : { head: { note: head.note, size: head.size, at: new Date().toISOString() } }),
    });
    if (!isKept) showOnly(page, 'say', 'not-kept');
    showKept(page);
  } catch (error) {
    if (signal.aborted) return showOnly(page, 'say', 'stopped');
    const refused = error instanceof Refused ? error : null;
    if (refused?.status === 404) showShrunk(page, kept.head, 0);
    fill(page, { refusal: refused?.message ?? String(error) });
    showOnly(
      page,
      'say',
      refused?.status === 401 ? 'session' : refused?.status === 404 ? 'no-head' : 'refused',
    );
  }
}

/** @param {HTMLElement} page @param {number} total @returns {(done: number) => void} */
function progressOf(page, total) {
  const bar = page.querySelector('progress');
  return (done) => {
    if (bar !== null) {
      bar.max = Math.max(total, 1);
      bar.value = done;
    }
    fill(page, { done, total });
  };
}

/** What was there once and is not now is said first, whatever else is found. @param {HTMLElement} page @param {import('./kept-heads.js').KeptHead | undefined} kept @param {number} size */
function showShrunk(page, kept, size) {
  const shrunk = kept !== undefined && kept.size > size;
  fill(page, { shrunk: shrunk ? `${kept.size}, ${utc(kept.at)}` : null, nowSize: shrunk ? size : null });
}

/** @param {HTMLElement} page */
function showKept(page) {
  const { logs = '[]' } = page.dataset;
  const list = page.querySelector('[data-kept]');
  const named = JSON.parse(logs);
  list?.replaceChildren();
  for (const name of keptNames()) {
    const { head, key } = recall(name);
    const part = partOf('kept', {
      name,
      head: head === undefined ? null : `${head.size}, ${utc(head.at)}`,
      key: key ?? null,
    });
    showOnly(part, 'when', ...(named.includes(name) ? [] : ['gone']));
    part.querySelector('button')?.addEventListener('click', () => {
      forget(name);
      showKept(page);
    });
    list?.append(part);
  }
  showOnly(page, 'keeps', list?.childElementCount === 0 ? 'nothing' : 'something');
}

/** @param {HTMLInputElement} input @param {HTMLTextAreaElement | HTMLInputElement} into */
async function readFile(input, into) {
  const [file] = input.files ?? [];
  // A key is a line and a checkpoint a few: what is longer is neither.
  if (file !== undefined) into.value = await file.slice(0, 20_000).text();
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLTextAreaElement || found instanceof HTMLInputElement) return found;
  throw new Error(`the form has no field ${name}`);
}
