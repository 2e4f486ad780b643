/*
 * What somebody is about to press stays where it is while something above it comes or goes: the page is scrolled by as
 * much.
 */

/** @type {{ x: number, y: number } | null} */
let pointer = null;
addEventListener('pointermove', ({ clientX, clientY }) => (pointer = { x: clientX, y: clientY }), {
  passive: true,
});
addEventListener('pointerdown', ({ clientX, clientY }) => (pointer = { x: clientX, y: clientY }), {
  passive: true,
});

/** @returns {Element | null} under the pointer, or what has the focus, or what is read first */
function anchor() {
  const under = pointer === null ? null : document.elementFromPoint(pointer.x, pointer.y);
  const focused = document.activeElement === document.body ? null : document.activeElement;
  const main = document.getElementById('main');
  if (main === null) return null;
  const first = document.elementFromPoint(main.getBoundingClientRect().left + 40, innerHeight / 3);
  return [under, focused, first].find((each) => each !== main && main.contains(each)) ?? null;
}

/** @param {() => void} change */
export function stayPut(change) {
  const kept = anchor();
  const topBefore = kept?.getBoundingClientRect().top ?? 0;
  change();
  if (kept?.isConnected !== true) return;
  const moved = kept.getBoundingClientRect().top - topBefore;
  if (moved !== 0) scrollBy({ top: moved, behavior: 'instant' });
}
