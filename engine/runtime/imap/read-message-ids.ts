/**
 * The ids in the header lines of one message, without angle brackets. Whoever sends a mail writes them as they like: more
 * than one, folded, with comments, or without brackets. A mail is found by each, so that no way of writing hides it.
 */
export function messageIdsIn(headers: Buffer | undefined): string[] {
  const lines = (headers?.toString('utf8') ?? '').replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const values = lines
    .filter((line) => /^message-id[ \t]*:/i.test(line))
    .map((line) => line.slice(line.indexOf(':') + 1).trim());
  const ids = values.flatMap((value) => {
    const inBrackets = [...value.matchAll(/<([^<>]*)>/g)].map(([, id = '']) => id.trim());
    return inBrackets.length > 0 ? inBrackets : [value];
  });
  return [...new Set(ids.filter((id) => id !== ''))];
}
