import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ConsoleUnderTest, Visitor } from './start-console.ts';

/** A page in which somebody is signed in; closing its context closes it. */
export async function openPage(
  browser: Browser,
  site: ConsoleUnderTest,
  visitor: Visitor,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext(options);
  const [name = '', value = ''] = visitor.cookie.split('=');
  await context.addCookies([{ name, value, url: site.url }]);
  return context.newPage();
}

/** What has the focus: the words of a link or button, or the name of a field. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const { activeElement: it } = document;
    return it === document.body ? '' : (it.name && it.type !== 'submit' ? it.name : it.textContent.trim());
  })()`);
}
