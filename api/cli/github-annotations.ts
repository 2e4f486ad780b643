import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';

const levels = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Workflow commands that GitHub shows at the lines of a pull request. */
export function githubAnnotations(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ severity, file, line, column, endLine, endColumn, code, message, help }) => {
    // For GitHub the end column is inclusive.
    const place = { file, line, col: column, endLine, endColumn: Math.max(1, endColumn - 1), title: code };
    const properties = Object.entries(place)
      .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
      .join(',');
    return `::${levels[severity]} ${properties}::${escapeData(help === undefined ? message : `${message}\n${help}`)}`;
  });
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
