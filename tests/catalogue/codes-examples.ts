import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { belowThresholds } from '../../engine/core/cases/coverage-report.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { type CompiledFile, compilePlaybooks } from '../../engine/core/compile/compile-playbooks.ts';
import { findOverlaps } from '../../engine/core/compile/find-overlaps.ts';
import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { alertEvent } from '../../engine/core/intake/alert-event.ts';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import { compileRouting } from '../../engine/core/match/compile-routing.ts';
import { matchEvent } from '../../engine/core/match/match-event.ts';
import { proveAll } from '../../engine/core/prove/prove-all.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Framed, framed, pageConnections, pageRegistry } from './codes-frame.ts';

/** What an example says: a code, and the line it points at where the code is about a text. */
export interface Said {
  code: string;
  line: number | null;
}

const nowMs = Date.parse('2026-11-20T12:00:00Z');

/** Puts the files of an example to the use they are for. */
export function put(parts: readonly string[]): Said[] {
  const files = parts.map(framed);
  const [routing] = files.filter(({ kind }) => kind === 'routing');
  if (routing) return saidBy(compileRouting(routing.text, { file: 'routing.yaml', playbooks: ['example'] }));
  const compiled = compilePlaybooks(
    files.filter(({ kind }) => kind === 'playbook').map(({ text }, index) => ({ file: fileOf(index), text })),
    { registry: pageRegistry, connections: pageConnections },
  );
  const wrong = compiled.flatMap(({ compilation }) => compilation.diagnostics);
  const proven = proveAll(
    compiled.flatMap(({ compilation }) =>
      compilation.ok && compilation.plan.playbook.status === 'stable' ? [compilation] : [],
    ),
  );
  return [
    ...saidBy({ diagnostics: [...wrong, ...findOverlaps(compiled), ...proven] }),
    ...files.filter(({ kind }) => kind === 'cases').flatMap((file) => played(file, files)),
    ...files.filter(({ kind }) => kind === 'alert').flatMap((alert) => matched(alert, compiled)),
  ];
}

function fileOf(index: number): string {
  return index === 0 ? 'example.yaml' : `example-${index + 1}.yaml`;
}

function saidBy({ diagnostics }: { diagnostics: readonly Diagnostic[] }): Said[] {
  return diagnostics.map(({ code, line }) => ({ code, line }));
}

function matched({ text }: Framed, compiled: readonly CompiledFile[]): Said[] {
  const rest = { source_id: 'A1', severity: 'high', created_at: '2026-11-20T11:00:00Z' };
  const normalized = normalizeAlert({ ...rest, ...(JSON.parse(text) as JsonObject) }, 'test');
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems));
  const alert = normalized.alert.alert as unknown as JsonObject;
  return compiled.flatMap(({ compilation }) => {
    if (!compilation.ok) return [];
    const event = alertEvent('alr_1', alert);
    const { trace } = matchEvent(compilation.plan, event, { nowMs, route: null, only: null });
    return trace.map(({ code }) => ({ code, line: null }));
  });
}

function played({ text }: Framed, files: readonly Framed[]): Said[] {
  const reading = readCases(text, 'example.cases.yaml');
  if (!reading.ok) return saidBy(reading);
  const playbook = files.find(({ kind }) => kind === 'playbook') ?? framed('');
  const set = new CompiledSet([{ file: './example.yaml', text: playbook.text }], pageRegistry);
  const compiled = set.get(reading.file.playbook);
  if (compiled === null || !compiled.ok) return [{ code: 'case/unknown-playbook', line: 2 }];
  const { diagnostics, results, coverage } = runCaseFile(reading.file, compiled.under, () => null);
  const below = belowThresholds(coverage, [{ group: 'branches', percent: 100 }]);
  return [
    ...saidBy({ diagnostics: [...diagnostics, ...results.flatMap((each) => each.diagnostics)] }),
    ...below.map(() => ({ code: 'case/coverage-below', line: null })),
  ];
}
