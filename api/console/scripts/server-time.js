/* What time it is by the server's clock. Of the reader's own only how much it went on, so it may be wrong. */

const servedAtMs = Date.parse(document.body.dataset.now ?? '');
const openedAtMs = Date.now();

/** @returns {number} */
export function serverNowMs() {
  return servedAtMs + Date.now() - openedAtMs;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** As the reader writes it. @param {number} atMs @returns {string} */
export function timeOfDay(atMs) {
  return clock.format(atMs);
}
