/*
 * Keeps the page that is open true. The server tells that something changed and not what; the page is then asked for once
 * more and taken in. While nobody looks at it nothing is open: a browser has six connections for all its windows.
 */

import './countdown.js';
import { look } from './look.js';
import { takeQuestion } from './question.js';
import { takeQuestions } from './questions.js';
import { countFresh } from './rows.js';
import { say, unsay } from './say.js';
import { timeOfDay } from './server-time.js';
import { readSession, untilSessionTurns } from './session.js';
import { stayPut } from './stay-put.js';
import { takeIn } from './take-in.js';

/** What changes together is told one after the other, and to many at the same time: they do not all ask at once. */
const collectMs = 250;
/** An outbreak changes a list without end. */
const apartMs = 1_500;
/** Something in between may hold back what is told, and say nothing of it. */
const restMs = 60_000;
const againMs = 15_000;

const strip = document.getElementById('live');
/** @type {EventSource | null} */
let stream = null;
let place = strip?.dataset.place;
/** It shows what goes on, so it is taken in; what its person may be told of may change meanwhile. */
const isLive = strip?.dataset.stream !== undefined;
let address = strip?.dataset.stream;
let goodAtMs = Date.now();
let lastLookMs = -Infinity;
let looking = false;
/** As far as is known. */
let isAnswered = true;
let wasRefused = false;
let stopped = false;
let isOver = false;
/** @type {{ timer: ReturnType<typeof setTimeout>, atMs: number } | null} */
let due = null;

/** @param {number} afterMs the sooner of two counts */
function lookIn(afterMs) {
  if (stopped || document.hidden) return;
  const atMs = Math.max(performance.now() + afterMs, lastLookMs + apartMs);
  if (due !== null && due.atMs <= atMs) return;
  if (due !== null) clearTimeout(due.timer);
  due = { atMs, timer: setTimeout(lookNow, atMs - performance.now()) };
}

/** @param {boolean} [used] */
async function lookNow(used = false) {
  if (due !== null) clearTimeout(due.timer);
  due = null;
  if (looking) return void setTimeout(lookNow, collectMs, used);
  looking = true;
  const seen = await look(used);
  looking = false;
  lastLookMs = performance.now();
  isAnswered = seen.kind !== 'fault';
  if (seen.kind === 'page') takePage(seen);
  else if (seen.kind === 'fault') say('old', timeOfDay(goodAtMs));
  else end(seen.kind);
  if (!isOver) lookIn(nextMs(seen.kind));
}

/** @param {string} kind */
function nextMs(kind) {
  if (kind === 'fault') return againMs;
  const rest = !isLive ? Infinity : stream?.readyState === EventSource.OPEN ? restMs : againMs;
  return Math.min(rest, Math.max(untilSessionTurns(), apartMs));
}

/** @param {import('./look.js').Seen} seen */
function takePage({ page, live }) {
  if (live.dataset.person !== strip?.dataset.person) return end('other');
  goodAtMs = Date.now();
  isOver = false;
  unsay('old', 'over');
  readSession(live);
  takeTokens(page);
  if (!isLive) return;
  place = live.dataset.place;
  address = live.dataset.stream;
  const [main, next] = [document.getElementById('main'), page.getElementById('main')];
  if (main !== null && next !== null)
    stayPut(() => {
      const question = document.querySelector('article[data-version]');
      // It is seen to by itself.
      question?.toggleAttribute('data-keep', true);
      takeIn(main, next);
      question?.toggleAttribute('data-keep', false);
      takeQuestion(page);
      takeQuestions(page);
    });
  if (document.querySelector('.is-locked') === null && strip?.dataset.look === undefined)
    document.title = page.title;
  countFresh();
  open();
}

/** Whoever had to sign in anew goes on with what they have written. @param {Document} page */
function takeTokens(page) {
  const token = page.querySelector('input[name="csrf"]');
  if (!(token instanceof HTMLInputElement)) return;
  for (const field of document.querySelectorAll('input[name="csrf"]'))
    if (field instanceof HTMLInputElement) field.value = token.value;
}

/** @param {'over' | 'gone' | 'other'} why */
function end(why) {
  close();
  unsay('old', 'slow', 'ending', 'ending-latest');
  say(why, timeOfDay(goodAtMs));
  isOver = true;
  // Asked again when somebody comes back to the page; of the other two nothing comes but entries in the log.
  if (why !== 'over') stopped = true;
  if (due !== null) clearTimeout(due.timer);
  due = null;
}

function open() {
  if (!isLive || stopped || isOver || document.hidden) return;
  if (address === undefined) return say('slow');
  if (stream !== null && stream.readyState !== EventSource.CLOSED) return;
  const opened = new EventSource(place === undefined ? address : `${address}&from=${place}`);
  /** @type {'new' | 'open' | 'broken'} */
  let was = 'new';
  opened.onopen = () => {
    unsay('slow');
    wasRefused = false;
    // What came in between is told; that the connection is back is known by asking.
    if (was === 'broken' || place === undefined) lookIn(0);
    was = 'open';
  };
  opened.onmessage = () => lookIn(collectMs * (1 + Math.random()));
  opened.onerror = () => {
    if (was === 'open') goodAtMs = Date.now();
    // The browser tries again by itself, unless it was refused.
    const refused = opened.readyState === EventSource.CLOSED;
    if (refused) say('slow');
    // Refused may mean that nobody is signed in any more, which only asking tells, once.
    lookIn(isAnswered && !(refused && wasRefused) ? 0 : againMs);
    wasRefused = refused;
    was = 'broken';
  };
  stream = opened;
}

function close() {
  stream?.close();
  stream = null;
  if (due !== null) clearTimeout(due.timer);
  due = null;
}

function cameBack() {
  if (document.hidden || stopped) return;
  open();
  lookIn(0);
}

if (strip !== null) {
  readSession(strip);
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : cameBack()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', ({ persisted }) => persisted && cameBack());
  addEventListener('focus', () => isOver && cameBack());
  addEventListener('online', cameBack);
  strip.querySelector('[data-do="stay"]')?.addEventListener('click', () => void lookNow(true));
  open();
  lookIn(nextMs('page'));
}
