/**
 * Text for a TextBlock, which reads a subset of Markdown and `{{DATE(…)}}` functions: a backslash
 * before every character that could mean something, so that the subject of a phishing mail cannot
 * become a link with a false name. Underscores inside a word mean nothing in Markdown and stay, so
 * that plain addresses remain whole.
 */
export function escapeMarkdown(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\p{Zl}\p{Zp}]/gu, '\n')
    .replaceAll(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, ' ')
    .replaceAll(/[\\`*[\](){}<>#|~!]/g, '\\$&')
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll(/^([^\S\n]*)([-+=])/gm, '$1\\$2')
    .replaceAll(/^([^\S\n]*\d+)\./gm, '$1\\.')
    .replaceAll(/\n+/g, '\n\n');
}
