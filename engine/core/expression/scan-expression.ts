/**
 * Finds the `}}` that ends an expression. Quoted text and map literals may contain `}}`, so quotes
 * and braces are followed as CEL reads them.
 *
 * @param from index of the first character after `${{`
 * @returns index of the first `}` of the end, or why there is none
 */
export function scanExpression(text: string, from: number): { end: number } | { nestedAt: number } | null {
  let braces = 0;
  for (let i = from; i < text.length; i += 1) {
    const char = text[i];
    if (char === '"' || char === "'") {
      const close = closingQuote(text, i, char);
      if (close === undefined) return null;
      i = close;
    } else if (text.startsWith('${{', i)) {
      return { nestedAt: i };
    } else if (char === '{') {
      braces += 1;
    } else if (char === '}') {
      if (braces === 0) return text[i + 1] === '}' ? { end: i } : null;
      braces -= 1;
    }
  }
  return null;
}

/** Index of the last character of the closing quote. */
function closingQuote(text: string, open: number, quote: string): number | undefined {
  const triple = text.startsWith(quote.repeat(3), open);
  const closing = triple ? quote.repeat(3) : quote;
  // The library skips the character after a backslash in raw text as well.
  for (let i = open + closing.length; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text.startsWith(closing, i)) return i + closing.length - 1;
  }
  return undefined;
}
