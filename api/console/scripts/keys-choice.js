/*
 * Whether single keys do something, as the person chose it in this browser (WCAG 2.1.4). A browser that keeps nothing
 * could not keep that they are off, so there they are.
 */

const name = 'riposte.keys';

/** @returns {boolean} */
export function keysAreOn() {
  try {
    return localStorage.getItem(name) !== 'off';
  } catch {
    return false;
  }
}

/** @param {boolean} on */
export function switchKeys(on) {
  try {
    if (on) localStorage.removeItem(name);
    else localStorage.setItem(name, 'off');
  } catch {
    // What is asked for next says what became of it.
  }
}
