import type { Problem } from '../diagnostics/diagnostic.ts';
import { isInvisible } from '../diagnostics/invisible-character.ts';

// One finds the place; a binary file would have thousands.
const problemsMax = 10;

/**
 * Characters a playbook must not contain: control characters, halves of surrogate pairs, and
 * signs that change the reading direction (a reviewer would read another text than the engine).
 */
export function checkCharacters(text: string): Problem[] {
  const problems: Problem[] = [];
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (isInvisible(code) && !isLineOrTab(code)) {
      problems.push({
        code: 'compile/bad-yaml',
        at: { start: at, end: at + character.length },
        message: `the character U+${code.toString(16).toUpperCase().padStart(4, '0')} is not allowed`,
        help: 'remove it; it cannot be seen when the playbook is reviewed',
      });
      if (problems.length === problemsMax) break;
    }
    at += character.length;
  }
  return problems;
}

function isLineOrTab(code: number): boolean {
  return code === 0x09 || code === 0x0a || code === 0x0d;
}
