import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { testPlaybooks } from './children.ts';
import { testConnections, testRegistry } from './manifests.ts';

/*
 * Golden cases of the compiler. `npm run golden` rewrites the expected files; the diff is what a
 * reviewer reads. `ok/x.yaml` gives `ok/x.plan.json`, `err/x.yaml` gives `err/x.out`.
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
      const result = compilePlaybook(text, {
        file,
        registry: testRegistry,
        connections: testConnections,
        playbooks: testPlaybooks,
      });
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

if (import.meta.main) {
  for (const { expectedPath, actual } of [...goldenCases('ok'), ...goldenCases('err')]) {
    writeFileSync(expectedPath, actual);
  }
}
