import type { Diagnostic } from './diagnostic.ts';

/** Renaming a field needs a new number. */
export const diagnosticsSchemaVersion = 1;

export interface DiagnosticsJson {
  schemaVersion: number;
  counts: { error: number; warning: number; info: number };
  diagnostics: Diagnostic[];
}

/** The machine form of `riposte check --format json`: one object, also when nothing was found. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): DiagnosticsJson {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return { schemaVersion: diagnosticsSchemaVersion, counts, diagnostics: [...diagnostics] };
}
