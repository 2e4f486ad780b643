import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineDiff } from '../../api/cli/line-diff.ts';
import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { type Fixed, fixText } from '../../engine/core/compile/fix-text.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { testPlaybooks } from './children.ts';
import { testConnections, testRegistry } from './manifests.ts';

/*
 * Golden cases of the compiler. `npm run golden` rewrites the expected files; the diff is what a
 * reviewer reads. `ok/x.yaml` gives `ok/x.plan.json`, `err/x.yaml` gives `err/x.out`,
 * and `err/x.fix` with the change that `riposte check --fix` makes, where there is one.
 */

export interface GoldenCase {
  name: string;
  expectedPath: string;
  /** Codes found, errors and warnings. */
  codes: string[];
  actual: string;
}

export function goldenCases(kind: 'ok' | 'err'): GoldenCase[] {
  const folder = join(import.meta.dirname, kind);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const file = `tests/compile/${kind}/${name}`;
      const result = compile(text, file);
      const stem = join(folder, name.slice(0, -'.yaml'.length));
      const codes = result.diagnostics.map(({ code }) => code);
      const printed = printDiagnostics(result.diagnostics);
      if (kind === 'err') return { name, codes, expectedPath: `${stem}.out`, actual: printed };
      const plan = result.ok
        ? { digest: result.digest, plan: result.plan }
        : { refused: printed.split('\n') };
      return { name, codes, expectedPath: `${stem}.plan.json`, actual: `${JSON.stringify(plan, null, 2)}\n` };
    });
}

export interface FixCase {
  name: string;
  text: string;
  fixed: Fixed;
  /** What is said about the fixed text. */
  after: Compilation;
  expectedPath: string;
  actual: string;
}

/** The playbooks of `err/` for which a fix is offered. */
export function fixCases(): FixCase[] {
  const folder = join(import.meta.dirname, 'err');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const check = (changed: string) => compile(changed, `tests/compile/err/${name}`);
      if (check(text).diagnostics.every(({ fix }) => fix === undefined)) return [];
      const fixed = fixText(text, (changed) => check(changed).diagnostics);
      const expectedPath = join(folder, name.replace(/\.yaml$/, '.fix'));
      return {
        name,
        text,
        fixed,
        after: check(fixed.text),
        expectedPath,
        actual: lineDiff(name, text, fixed.text, 'fixed'),
      };
    });
}

function compile(text: string, file: string): Compilation {
  return compilePlaybook(text, {
    file,
    registry: testRegistry,
    connections: testConnections,
    playbooks: testPlaybooks,
  });
}

if (import.meta.main) {
  for (const { expectedPath, actual } of [...goldenCases('ok'), ...goldenCases('err'), ...fixCases()]) {
    writeFileSync(expectedPath, actual);
  }
}
