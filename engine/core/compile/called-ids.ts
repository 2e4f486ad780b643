/**
 * Ids of playbooks that a text calls, read off the text before anything is compiled: it only decides what
 * has to be known for compiling it. What is no call but looks like one is looked up in vain.
 */
export function calledIds(text: string): string[] {
  const calls = text.matchAll(/(?<![\w-])["']?call["']?:\s*["']?([a-z0-9-]+)/g);
  return [...new Set([...calls].map((match) => match[1] ?? ''))];
}
