import type { Page } from 'playwright-core';

/** What is wrong with how the focus is seen, and null when nothing is: it has a ring and no bar lies over all of it. */
export function focusTrouble(page: Page): Promise<string | null> {
  return page.evaluate(`(() => {
    const it = document.activeElement;
    if (it === null || it === document.body) return null;
    const name = it.tagName + ' ' + (it.name || it.textContent.trim().slice(0, 60));
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return name + ' has no ring';
    const shown = [...it.getClientRects()].some(({ left, top, width, height }) =>
      [0.1, 0.5, 0.9].some((x) => [0.1, 0.5, 0.9].some((y) => {
        const there = document.elementFromPoint(left + width * x, top + height * y);
        return there !== null && (it.contains(there) || there.closest('label')?.control === it);
      })));
    return shown ? null : name + ' is hidden';
  })()`);
}

/** Presses Tab until the focus leaves the page, and tells each trouble on the way. */
export async function troublesOfTab(page: Page): Promise<{ stops: number; troubles: string[] }> {
  const troubles: string[] = [];
  for (let stops = 0; stops < 200; stops++) {
    await page.keyboard.press('Tab');
    const left = await page.evaluate<boolean>('document.activeElement === document.body');
    if (left) return { stops, troubles };
    const trouble = await focusTrouble(page);
    if (trouble !== null) troubles.push(trouble);
  }
  throw new Error('the focus never leaves the page');
}
