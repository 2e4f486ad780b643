/*
 * Text of playbooks and manifests inside Markdown. It stays what it is: no heading, link, image, table cell
 * or HTML can come out of it, whatever its author wrote. Every text of a page goes through here.
 */

/** Signs that a reader cannot see and a renderer obeys; each becomes a visible one. */
function visible(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** For one line: a heading, a cell, an item of a list. */
export function plain(text: string): string {
  return visible(text.replace(/\s*\n\s*/g, ' ').trim())
    .replace(/[\\`*_[\]<>#|~!&{}$]/g, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[-+=:]/, '\\$&')
    .replace(/:\/\//g, '\\://')
    .replace(/www\./gi, (found) => `${found.slice(0, -1)}\\.`)
    .replace(/@/g, '\\@');
}

/** Paragraphs stay paragraphs; everything else of the author's Markdown is shown as typed. */
export function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map(plain)
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** A code span that nothing inside can end. */
export function code(text: string): string {
  const line = visible(text.replace(/\s*\n\s*/g, ' ').trim());
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A link out of the pages, only where it is one and nothing else. */
export function outside(url: string): string {
  return /^https:\/\/[\w.-]+(?::\d+)?(?:\/[\w.~/?=&%+,:@-]*)?$/.test(url) ? `<${url}>` : code(url);
}

/** The rows as a table; nothing when there is none. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Only in a table does a bar end anything, and there also inside code. */
function cellOf(text: string): string {
  return text === '' ? ' ' : text.replace(/(?<!\\)\|/g, '\\|');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Parts with a blank line between them; empty ones are left out, a heading with nothing below it too. */
export function page(parts: readonly (string | readonly [heading: string, body: string])[]): string {
  const shown = parts.map((part) =>
    typeof part === 'string' ? part : part[1] === '' ? '' : `## ${part[0]}\n\n${part[1]}`,
  );
  return `${shown.filter((part) => part !== '').join('\n\n')}\n`;
}
