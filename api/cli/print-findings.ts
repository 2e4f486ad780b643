import { stdout } from 'node:process';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { diagnosticsJunit } from '../../engine/core/diagnostics/diagnostics-junit.ts';
import { diagnosticsSarif } from '../../engine/core/diagnostics/diagnostics-sarif.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { ownVersion } from '../process/own-version.ts';
import { githubAnnotations } from './github-annotations.ts';
import { printJson, printLine } from './print.ts';

export const checkFormats = ['text', 'json', 'jsonl', 'sarif', 'junit', 'github'] as const;
export type CheckFormat = (typeof checkFormats)[number];

/** Findings of a check, on stdout. */
export function printFindings(
  files: readonly { file: string }[],
  diagnostics: readonly Diagnostic[],
  format: CheckFormat,
): void {
  switch (format) {
    case 'json':
      printJson(diagnosticsJson(diagnostics));
      return;
    case 'jsonl':
      for (const diagnostic of diagnostics) printLine(JSON.stringify(diagnostic));
      return;
    case 'github':
      for (const line of githubAnnotations(diagnostics)) printLine(line);
      return;
    case 'sarif':
      printJson(diagnosticsSarif(diagnostics, ownVersion()));
      return;
    case 'junit':
      stdout.write(
        diagnosticsJunit(
          files.map(({ file }) => file),
          diagnostics,
        ),
      );
      return;
    case 'text':
      stdout.write(printDiagnostics(diagnostics, { colour: stdout.hasColors?.() === true && stdout.isTTY }));
  }
}
