import { createHash } from 'node:crypto';
import { type Code, codes, type Severity } from '../../../schemas/codes.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Diagnostic, DiagnosticFix } from './diagnostic.ts';

/*
 * SARIF 2.1.0, as code scanning services read it. A rule is a code; an alert keeps its identity by code
 * and place in the document, so that moved lines are not new alerts.
 */

const levels: Record<Severity, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** Findings that let something act unasked, or never be taken back, are findings of security. */
const securitySeverity: { [code: string]: string } = {
  'compile/ungated-containment': '8.0',
  'compile/racing-containment': '7.0',
  'compile/untrusted-input': '7.0',
  'compile/unreleased-containment': '5.0',
  'compile/undo-of-nothing': '5.0',
  'compile/missing-inverse': '5.0',
  'prove/ungated-target': '8.0',
  'prove/unreleased-containment': '5.0',
};

export function diagnosticsSarif(diagnostics: readonly Diagnostic[], version: string): JsonObject {
  const used = [...new Set(diagnostics.map((each) => each.code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Riposte',
            version,
            informationUri: 'https://riposte.dev',
            rules: used.map(ruleOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((each) => resultOf(each, used.indexOf(each.code))),
      },
    ],
  };
}

function ruleOf(code: Code): JsonObject {
  const { summary, help, severity } = codes[code];
  const security = securitySeverity[code];
  return {
    id: code,
    shortDescription: { text: summary },
    help: { text: help },
    defaultConfiguration: { level: levels[severity ?? 'error'] },
    properties: {
      tags: security === undefined ? ['correctness'] : ['security'],
      ...(security === undefined ? {} : { 'security-severity': security }),
    },
  };
}

function resultOf(each: Diagnostic, ruleIndex: number): JsonObject {
  const seen: Json[] =
    each.seen === undefined
      ? []
      : [
          {
            ...placeOf(each.seen.file, { startLine: each.seen.line, startColumn: each.seen.column }),
            message: { text: each.seen.message },
          },
        ];
  return {
    ruleId: each.code,
    ruleIndex,
    level: levels[each.severity],
    message: { text: each.help === undefined ? each.message : `${each.message}\n${each.help}` },
    locations: [
      placeOf(each.file, {
        startLine: each.line,
        startColumn: each.column,
        endLine: each.endLine,
        endColumn: each.endColumn,
      }),
    ],
    ...(seen.length === 0 ? {} : { relatedLocations: seen }),
    ...(each.fix === undefined ? {} : { fixes: [fixOf(each.file, each.fix)] }),
    partialFingerprints: { 'riposte/v1': fingerprintOf(each) },
  };
}

function placeOf(file: string, region: JsonObject): JsonObject {
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region } };
}

function fixOf(file: string, { title, edits }: DiagnosticFix): JsonObject {
  const replacements = edits.map(({ range, text }) => ({
    deletedRegion: {
      startLine: range.line,
      startColumn: range.column,
      endLine: range.endLine,
      endColumn: range.endColumn,
    },
    insertedContent: { text },
  }));
  return {
    description: { text: title },
    artifactChanges: [{ artifactLocation: { uri: uriOf(file) }, replacements }],
  };
}

/** Relative to the root of the repository, as the command was given it. */
function uriOf(file: string): string {
  return file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

function fingerprintOf({ code, file, path, message }: Diagnostic): string {
  const place = path === '' ? message : path;
  return createHash('sha256')
    .update(JSON.stringify([code, file, place]))
    .digest('hex')
    .slice(0, 32);
}
