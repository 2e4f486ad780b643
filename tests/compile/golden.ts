import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codePage } from '../../api/http/code-page.ts';
import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { type Fixed, fixText } from '../../engine/core/compile/fix-text.ts';
import { printDiagnostics } from '../../engine/core/diagnostics/print-diagnostics.ts';
import { lineDiff } from '../../engine/core/diff/line-diff.ts';
import { compileCodes } from '../../schemas/codes.ts';
import { framed, pageConnections, pageRegistry } from '../catalogue/codes-frame.ts';
import { testPlaybooks } from './children.ts';
import { testConnections, testRegistry } from './manifests.ts';

/*
 * Golden cases of the compiler. `npm run golden` rewrites the expected files; the diff is what a
 * reviewer reads. `ok/x.yaml` gives `ok/x.plan.json`. What is wrong gives `err/x.out`, and `err/x.fix`
 * with the change that `riposte check --fix` makes, where there is one: first the wrong example on the
 * page of every code, then the playbooks of `err/`, which show other ways to the same code.
 */

export interface GoldenCase {
  name: string;
  expectedPath: string;
  /** Codes found, errors and warnings. */
  codes: string[];
  actual: string;
}

interface Source {
  name: string;
  text: string;
  compile(text: string): Compilation;
}

/** Against the test catalogue, so that golden plans change with the compiler and not with a vendor. */
function sourcesIn(kind: 'ok' | 'err'): Source[] {
  const folder = join(import.meta.dirname, kind);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => ({
      name: name.slice(0, -'.yaml'.length),
      text: readFileSync(join(folder, name), 'utf8'),
      compile: (text) =>
        compilePlaybook(text, {
          file: `tests/compile/${kind}/${name}`,
          registry: testRegistry,
          connections: testConnections,
          playbooks: testPlaybooks,
        }),
    }));
}

/** Against the installed actions, as whoever copies the example would. */
function sourcesOnPages(): Source[] {
  return compileCodes.flatMap((code) => {
    const [example] = codePage(code).avoid ?? [];
    if (example === undefined) return [];
    const name = code.replace('compile/', '');
    return {
      name,
      text: framed(example).text,
      compile: (text) =>
        compilePlaybook(text, {
          file: `${name}.yaml`,
          registry: pageRegistry,
          connections: pageConnections,
        }),
    };
  });
}

export function acceptedCases(): GoldenCase[] {
  return sourcesIn('ok').map(({ name, text, compile }) => {
    const result = compile(text);
    const plan = result.ok
      ? { digest: result.digest, plan: result.plan }
      : { refused: printDiagnostics(result.diagnostics).split('\n') };
    return {
      name,
      codes: result.diagnostics.map(({ code }) => code),
      expectedPath: join(import.meta.dirname, 'ok', `${name}.plan.json`),
      actual: `${JSON.stringify(plan, null, 2)}\n`,
    };
  });
}

export function refusedCases(): GoldenCase[] {
  return [...sourcesOnPages(), ...sourcesIn('err')].map(({ name, text, compile }) => {
    const { diagnostics } = compile(text);
    return {
      name,
      codes: diagnostics.map(({ code }) => code),
      expectedPath: join(import.meta.dirname, 'err', `${name}.out`),
      actual: printDiagnostics(diagnostics),
    };
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

/** Those for which a fix is offered. */
export function fixCases(): FixCase[] {
  return [...sourcesOnPages(), ...sourcesIn('err')].flatMap(({ name, text, compile }) => {
    if (compile(text).diagnostics.every(({ fix }) => fix === undefined)) return [];
    const fixed = fixText(text, (changed) => compile(changed).diagnostics);
    return {
      name,
      text,
      fixed,
      after: compile(fixed.text),
      expectedPath: join(import.meta.dirname, 'err', `${name}.fix`),
      actual: lineDiff(`${name}.yaml`, text, fixed.text, 'fixed'),
    };
  });
}

if (import.meta.main) {
  for (const { expectedPath, actual } of [...acceptedCases(), ...refusedCases(), ...fixCases()]) {
    writeFileSync(expectedPath, actual);
  }
}
