/* Says that the time to decide runs out, when ten, five and one minute are left; what stands on the page is silent. */

import { say, unsay } from './say.js';
import { serverNowMs } from './server-time.js';

const saidAt = [10, 5, 1];

/** @type {number | null} */
let lastLeft = null;

function tick() {
  const ends = document.querySelector('.expiry time');
  const endsAtMs = ends instanceof HTMLTimeElement ? Date.parse(ends.dateTime) : Number.NaN;
  if (Number.isNaN(endsAtMs)) {
    lastLeft = null;
    unsay(...saidAt.map((minutes) => `left-${minutes}`));
    return;
  }
  const left = (endsAtMs - serverNowMs()) / 60_000;
  const passed = saidAt
    .filter((minutes) => lastLeft !== null && lastLeft > minutes && left <= minutes)
    .at(-1);
  lastLeft = left;
  if (passed === undefined) return;
  unsay(...saidAt.filter((minutes) => minutes !== passed).map((minutes) => `left-${minutes}`));
  say(`left-${passed}`);
}

tick();
setInterval(tick, 1000);
