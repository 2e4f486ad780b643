/*
 * Tells the others that this question is open in front of somebody: once the page has been seen for a second, then again
 * and again while it is, and that it is not any more. Nothing is said without script, and nothing rests on it.
 */

import { isSaid } from './say.js';

/** Whoever only goes through has not read it. */
const seenMs = 1_000;
const againMs = 50_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let due;
let isTold = false;

/** @param {boolean} left */
async function tell(left) {
  const question = document.querySelector('article[data-presence]');
  const token = document.querySelector('input[name="csrf"]');
  if (!(question instanceof HTMLElement) || !(token instanceof HTMLInputElement)) return;
  // Nobody is there to be let in, or somebody else is: they are not knocked for.
  if (isSaid('over', 'gone', 'other')) return left ? undefined : tellIn(againMs);
  isTold = !left;
  const body = new URLSearchParams({ csrf: token.value, ...(left && { left: '1' }) });
  // It goes out also when the page ends.
  const init = { method: 'POST', keepalive: true, headers: { 'Riposte-Look': '1' }, body };
  const answer = await fetch(question.dataset.presence ?? '', init).catch(() => null);
  // Refused: nobody is signed in any more, or may not. Whoever comes back to the page tries again.
  if (!left && answer?.status !== undefined && answer.status >= 400) return;
  if (!left) tellIn(againMs);
}

/** @param {number} afterMs */
function tellIn(afterMs) {
  clearTimeout(due);
  if (!document.hidden) due = setTimeout(tell, afterMs, false);
}

function leave() {
  clearTimeout(due);
  if (isTold) void tell(true);
}

document.addEventListener('visibilitychange', () => (document.hidden ? leave() : tellIn(seenMs)));
addEventListener('pagehide', leave);
addEventListener('pageshow', ({ persisted }) => persisted && tellIn(seenMs));
tellIn(seenMs);
