import type { Severity } from '../../../schemas/codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import { isInvisible } from './invisible-character.ts';

/**
 * The text form for terminals: one block per diagnostic, then a line that counts them.
 * Returns the empty text when there is nothing to say.
 *
 * @param options.colour ANSI colours; the caller decides (terminal, `NO_COLOR`).
 */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { colour?: boolean } = {},
): string {
  const paint = options.colour ? painted : plain;
  return diagnostics.map((diagnostic) => `${printOne(diagnostic, paint)}\n`).join('\n');
}

function printOne(diagnostic: Diagnostic, paint: Paint): string {
  const { file, line, column, severity, code, message, seen } = diagnostic;
  const help = helpOf(diagnostic);
  const gutter = String(line);
  const blank = ' '.repeat(gutter.length);
  const rows = [
    `${paint('place', `${file}:${line}:${column}`)} ${paint(severity, severity)} ${code}`,
    ...message.split('\n').map((row) => `  ${showControls(row)}`),
    `${paint('dim', `${gutter} |`)} ${showControls(diagnostic.snippet)}`,
    `${paint('dim', `${blank} |`)} ${' '.repeat(column - 1)}${paint(severity, underline(diagnostic))}`,
  ];
  if (seen) rows.push(`  seen:  ${seen.file}:${seen.line}:${seen.column}  ${showControls(seen.message)}`);
  if (help !== undefined) rows.push(`  help:  ${showControls(help)}`);
  rows.push(paint('dim', `  doc:   riposte explain ${code}`));
  return rows.join('\n');
}

/** Where a fix exists, the line says how to get it. */
function helpOf({ help, fix }: Diagnostic): string | undefined {
  return fix === undefined ? help : `${help ?? fix.title} (riposte check --fix)`;
}

function underline(diagnostic: Diagnostic): string {
  const lineEnd = diagnostic.snippet.trimEnd().length + 1;
  const end = diagnostic.endLine === diagnostic.line ? diagnostic.endColumn : lineEnd;
  return '^'.repeat(Math.max(1, end - diagnostic.column));
}

// A file under check is not trusted: it must not move the cursor or reverse the line.
function showControls(text: string): string {
  return Array.from(text, (sign) => {
    if (sign === '\t') return ' ';
    // As many signs as units, so that the mark below stays in its column.
    return isInvisible(sign.codePointAt(0) ?? 0) ? '\ufffd'.repeat(sign.length) : sign;
  }).join('');
}

type Role = Severity | 'place' | 'dim';
type Paint = (role: Role, text: string) => string;

const plain: Paint = (_, text) => text;

const sequences: Record<Role, string> = { error: '31', warning: '33', info: '36', place: '1', dim: '2' };

const painted: Paint = (role, text) => `\u001b[${sequences[role]}m${text}\u001b[0m`;
