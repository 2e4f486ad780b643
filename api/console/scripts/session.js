/*
 * Warns two minutes before the session ends, and goes on when somebody says so. The page's own looks are no use of the
 * session, but another tab may be, so the server is asked before anything is said.
 */

import { say, unsay } from './say.js';
import { serverNowMs, timeOfDay } from './server-time.js';

const warnedMs = 120_000;

/** @type {{ endsAtMs: number, latestAtMs: number }} */
let session = { endsAtMs: Number.NaN, latestAtMs: Number.NaN };

/** @param {HTMLElement} live of the newest page */
export function readSession({ dataset: { ends, latest } }) {
  session = { endsAtMs: Date.parse(ends ?? ''), latestAtMs: Date.parse(latest ?? '') };
  const { endsAtMs, latestAtMs } = session;
  if (endsAtMs - serverNowMs() > warnedMs) return unsay('ending', 'ending-latest');
  const fixed = endsAtMs >= latestAtMs;
  // By the reader's own clock, which may be another one.
  say(fixed ? 'ending-latest' : 'ending', timeOfDay(endsAtMs - serverNowMs() + Date.now()));
  unsay(fixed ? 'ending' : 'ending-latest');
}

/** @returns {number} how long until the server has to be asked again, because it is then near or over */
export function untilSessionTurns() {
  const left = session.endsAtMs - serverNowMs();
  return left > warnedMs ? left - warnedMs : Math.max(left, 0) + 1_000;
}
