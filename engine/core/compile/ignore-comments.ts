import type { Diagnostic } from '../diagnostics/diagnostic.ts';

/**
 * Takes out what the author has answered: `# riposte-ignore <code>: <reason>` on the same line or
 * on the line above. Errors stay, and so does everything without a reason.
 */
export function withoutIgnored(diagnostics: readonly Diagnostic[], text: string): Diagnostic[] {
  const ignored = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const match = /(^|\s)#\s*riposte-ignore\s+([a-z]+\/[a-z-]+):\s*\S/.exec(line);
    if (!match) continue;
    ignored.add(`${index + 1} ${match[2]}`);
    if (line.trimStart().startsWith('#')) ignored.add(`${index + 2} ${match[2]}`);
  }
  return diagnostics.filter(
    ({ severity, line, code }) => severity === 'error' || !ignored.has(`${line} ${code}`),
  );
}
