/*
 * As `times.ts` says it when the page is made; a test compares them. Kept apart, because a browser gets what is in this
 * folder and nothing else.
 */

/** @param {number} differenceMs to come when positive @returns {string} `in 24 min`, `3 min ago` */
export function relative(differenceMs) {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (seconds < 5) return differenceMs > 0 ? 'now' : 'just now';
  const text = span(seconds);
  return differenceMs > 0 ? `in ${text}` : `${text} ago`;
}

/** @param {number} seconds */
function span(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}
