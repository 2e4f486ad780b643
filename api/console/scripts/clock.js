/*
 * Keeps what a page says about time true while it is open: `in 24 min` becomes `in 23 min`, by the server's clock. The
 * reader's own time stands behind each moment.
 */

import { relative } from './words-of-time.js';

const servedAtMs = Date.parse(document.body.dataset.now ?? '');
// Of the reader's clock only how much it went on, so it may be wrong.
const openedAtMs = Date.now();
const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

function tick() {
  const nowMs = servedAtMs + Date.now() - openedAtMs;
  for (const moment of document.querySelectorAll('time')) {
    const words = moment.firstChild;
    const atMs = Date.parse(moment.dateTime);
    if (!(words instanceof Text) || Number.isNaN(atMs)) continue;
    const said = `${relative(atMs - nowMs)} `;
    // A change of the text would take a selection in it away.
    if (words.data !== said) words.data = said;
    if (moment.title === '') moment.title = local.format(atMs);
  }
}

tick();
setInterval(tick, 1000);
// A page that was put aside runs no clock meanwhile.
addEventListener('pageshow', tick);
