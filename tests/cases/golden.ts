import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRegistry } from '../../actions/registry.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { belowThresholds } from '../../engine/core/cases/coverage-report.ts';
import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { type CaseFileResult, runCaseFile } from '../../engine/core/cases/run-case-file.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { type Diagnostic, sortDiagnostics } from '../../engine/core/diagnostics/diagnostic.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';

/*
 * Case files that fail, one per kind of failure, with what is said about them: `err/x.cases.yaml` gives
 * `err/x.out`. `npm run golden` rewrites the expected files; the diff is what a reviewer reads.
 */

const root = join(import.meta.dirname, '../..');
export const registry = manifestsOf(createRegistry());

export interface GoldenCases {
  name: string;
  expectedPath: string;
  codes: string[];
  actual: string;
}

export function goldenCases(): GoldenCases[] {
  const folder = join(import.meta.dirname, 'err');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cases.yaml'))
    .sort()
    .map((name) => {
      const found = remarksOn(readFileSync(join(folder, name), 'utf8'), `tests/cases/err/${name}`);
      return {
        name,
        expectedPath: join(folder, name.replace(/\.cases\.yaml$/, '.out')),
        codes: found.map(({ code }) => code),
        actual: printDiagnostics(found),
      };
    });
}

function remarksOn(text: string, file: string): Diagnostic[] {
  const reading = readCases(text, file);
  if (!reading.ok) return reading.diagnostics;
  const playbook = join(dirname(file), reading.file.playbook);
  const { diagnostics, results, coverage } = runCaseFile(reading.file, playbookAt(playbook), () => null);
  const below = file.includes('/coverage-below.')
    ? belowThresholds(coverage, [
        { group: 'steps', percent: 100 },
        { group: 'branches', percent: 50 },
        { group: 'approvals', percent: 1 },
      ])
    : [];
  const told = [...diagnostics, ...results.flatMap((each) => each.diagnostics)];
  return [...sortDiagnostics(told), ...below];
}

/** A compiled playbook of this repository. */
export function playbookAt(file: string): PlaybookUnderTest {
  return compiled(readFileSync(join(root, file), 'utf8'), file);
}

export function compiled(text: string, file: string): PlaybookUnderTest {
  const playbook = new CompiledSet([{ file, text }], registry).get(file);
  if (playbook?.ok !== true) throw new Error(printDiagnostics(playbook?.diagnostics ?? []));
  return playbook.under;
}

/** Plays cases that are written without their first two lines, against one of the playbooks here. */
export function play(playbook: string, cases: string, filter = ''): CaseFileResult {
  const file = 'tests/cases/written.cases.yaml';
  const reading = readCases(`kind: cases/v1\nplaybook: ./playbooks/${playbook}.yaml\n${cases}`, file);
  if (!reading.ok) throw new Error(printDiagnostics(reading.diagnostics));
  const beside = (name: string) => {
    const path = join(import.meta.dirname, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  return runCaseFile(reading.file, playbookAt(`tests/cases/playbooks/${playbook}.yaml`), beside, filter);
}

if (import.meta.main) {
  for (const { expectedPath, actual } of goldenCases()) writeFileSync(expectedPath, actual);
}
