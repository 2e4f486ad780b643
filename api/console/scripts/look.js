/*
 * Asks for the page that is open once more. The browser makes a document of the answer, in which nothing runs; what is
 * taken from it are nodes and text.
 */

/**
 * @typedef {{ kind: 'page', page: Document, live: HTMLElement }} Seen
 * @typedef {Seen | { kind: 'over' } | { kind: 'gone' } | { kind: 'fault' }} Look
 */

const patienceMs = 10_000;

/**
 * @param {boolean} [used] somebody pressed something for it; otherwise nobody has to be there, and it is no use of the session
 * @returns {Promise<Look>}
 */
export function look(used = false) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    // An answer to a form says under which address the same stands.
    const elsewhere = document.getElementById('live')?.dataset.look;
    request.open('GET', elsewhere ?? location.pathname + location.search);
    if (!used) request.setRequestHeader('Riposte-Look', '1');
    request.responseType = 'document';
    request.timeout = patienceMs;
    request.onloadend = () => resolve(read(request));
    request.send();
  });
}

/** @param {XMLHttpRequest} request @returns {Look} */
function read({ status, response }) {
  if (status === 401) return { kind: 'over' };
  if (status === 403 || status === 404) return { kind: 'gone' };
  const live = status === 200 && response instanceof Document ? response.getElementById('live') : null;
  return live === null ? { kind: 'fault' } : { kind: 'page', page: response, live };
}
