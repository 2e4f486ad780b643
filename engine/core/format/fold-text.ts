/*
 * Where a long text may be broken in a folded block scalar (`>-`), which joins its lines with one
 * space each. Nothing here may change the text: joining the lines gives it back, character by character.
 */

/** One line, no outer or double spaces at the breaks, nothing a folded scalar would read as layout. */
export function isFoldable(text: string): boolean {
  return /^\S(.*\S)?$/.test(text) && text.includes(' ') && !/[\p{Cc}\u2028\u2029\ufeff]/u.test(text);
}

/** Greedy: as many words on a line as fit; a word that is longer than a line stays whole. */
export function foldText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text, width)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Several spaces in a row are part of a word: a break there would lose them. So is a template that fits. */
function wordsOf(text: string, width: number): string[] {
  const words: string[] = [];
  let template: string[] = [];
  for (const word of text.split(/(?<! ) (?! )/)) {
    template.push(word);
    const whole = template.join(' ');
    if (whole.lastIndexOf('${{') > whole.lastIndexOf('}}')) continue;
    words.push(...(whole.length <= width ? [whole] : template));
    template = [];
  }
  return [...words, ...template];
}

/** One condition per line, as people read it: a break before each `&&` and `||` that is in no bracket. */
export function foldExpression(expression: string, width: number): string[] {
  return operandsOf(expression).flatMap((operand) => foldText(operand, width));
}

/** The operands of the outermost `&&` and `||`, each but the first with its operator in front. */
export function operandsOf(expression: string): string[] {
  const operands: string[] = [];
  let start = 0;
  let depth = 0;
  let quote = '';
  for (let at = 0; at < expression.length; at++) {
    const sign = expression.charAt(at);
    if (quote !== '') {
      if (sign === '\\') at++;
      else if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) depth--;
    else if (depth === 0 && isBreak(expression, at)) {
      operands.push(expression.slice(start, at));
      start = at + 1;
    }
  }
  return [...operands, expression.slice(start)];
}

function isBreak(expression: string, at: number): boolean {
  return /^ (&&|\|\|)/.test(expression.slice(at, at + 3)) && expression[at - 1] !== ' ' && at > 0;
}
