import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { proveAll } from '../../engine/core/prove/prove-all.ts';
import { testPlaybooks } from '../compile/children.ts';
import { testConnections, testRegistry } from '../compile/manifests.ts';

/*
 * One playbook per line of the proofs: `<property>.violated.yaml` with the text beside it,
 * `<property>.proven.yaml` without a remark. `node tests/prove/proof-cases.ts` rewrites the texts.
 */

export interface ProofCase {
  name: string;
  compiled: Compilation;
  expectedPath: string;
  codes: string[];
  actual: string;
}

export function proofCases(kind: 'violated' | 'proven'): ProofCase[] {
  const folder = join(import.meta.dirname, 'cases');
  return readdirSync(folder)
    .filter((name) => name.endsWith(`.${kind}.yaml`))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const file = `tests/prove/cases/${name}`;
      const compiled = compilePlaybook(text, {
        file,
        registry: testRegistry,
        connections: testConnections,
        playbooks: testPlaybooks,
      });
      const found = compiled.ok ? proveAll([compiled]) : compiled.diagnostics;
      return {
        name,
        compiled,
        expectedPath: join(folder, name.replace(/\.yaml$/, '.out')),
        codes: found.map(({ code }) => code),
        actual: printDiagnostics(found),
      };
    });
}

if (import.meta.main) {
  for (const { expectedPath, actual } of proofCases('violated')) writeFileSync(expectedPath, actual);
  for (const { name, actual } of proofCases('proven')) if (actual !== '') console.log(`${name}\n${actual}`);
}
