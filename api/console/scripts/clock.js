/*
 * Keeps what a page says about time true while it is open: `in 24 min` becomes `in 23 min`, by the server's clock. The
 * reader's own time stands behind each moment.
 */

import { serverNowMs } from './server-time.js';
import { relative } from './words-of-time.js';

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

function tick() {
  const nowMs = serverNowMs();
  for (const moment of document.querySelectorAll('time')) {
    const words = moment.firstChild;
    const atMs = Date.parse(moment.dateTime);
    if (!(words instanceof Text) || Number.isNaN(atMs)) continue;
    // Where the clock stands behind it a space does too.
    const said = relative(atMs - nowMs) + (words.data.endsWith(' ') ? ' ' : '');
    // A change of the text would take a selection in it away.
    if (words.data !== said) words.data = said;
    if (moment.title === '') moment.title = local.format(atMs);
  }
}

tick();
setInterval(tick, 1000);
// A page that was put aside runs no clock meanwhile.
addEventListener('pageshow', tick);
