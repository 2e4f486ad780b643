/*
 * What this browser keeps of logs that held: the last head, and the key where somebody asked for it. Whoever has this
 * browser can read and change it; a server that was taken over can as well. Kept under the name of the log.
 */

/**
 * @typedef {{ note: string, size: number, at: string }} KeptHead
 * @typedef {{ key?: string, serversWord?: boolean, head?: KeptHead }} Kept
 */

const prefix = 'riposte.log.';

/** @param {string} name @returns {Kept} */
export function recall(name) {
  try {
    const { key, serversWord, head } = JSON.parse(localStorage.getItem(prefix + name) ?? '{}');
    return {
      ...(typeof key === 'string' && { key, serversWord: serversWord === true }),
      ...(typeof head?.note === 'string' && {
        head: { note: head.note, size: Number(head.size), at: String(head.at) },
      }),
    };
  } catch {
    return {};
  }
}

/** False where the browser keeps nothing. @param {string} name @param {Kept} kept */
export function keep(name, kept) {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
export function forget(name) {
  try {
    localStorage.removeItem(prefix + name);
  } catch {
    // Where nothing is kept there is nothing to forget.
  }
}

/** Names of logs that something is kept of. @returns {string[]} */
export function keptNames() {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  } catch {
    return [];
  }
}
