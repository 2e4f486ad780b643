import type { Compilation } from '../compile/compile-playbook.ts';
import { type Diagnostic, sortDiagnostics } from '../diagnostics/diagnostic.ts';
import { indexLines, lineOf } from '../diagnostics/position.ts';
import type { Violation } from './property.ts';
import { provePlan } from './prove-plan.ts';
import { tellPath } from './tell-path.ts';

type Compiled = Extract<Compilation, { ok: true }>;

/** Proves every compiled playbook. What does not compile has no paths and is left out. */
export function proveAll(compilations: readonly Compilation[]): Diagnostic[] {
  return sortDiagnostics(compilations.flatMap((one) => (one.ok ? proveOne(one) : [])));
}

function proveOne(compiled: Compiled): Diagnostic[] {
  const { violations, bounded, states } = provePlan(compiled.plan);
  const found = violations.map((violation) => diagnosticOf(violation, compiled));
  if (!bounded) return found;
  const message = `only the ${states} states that are reached first were looked at: what is not reported here is not proven`;
  return [...found, at(compiled, '/id', { severity: 'warning', code: 'prove/bound-reached', message })];
}

function diagnosticOf(violation: Violation, compiled: Compiled): Diagnostic {
  const { code, step, message, help, state, assuming } = violation;
  const path = state === null ? [] : tellPath(state, compiled.positions);
  const rows = [
    message,
    ...(path.length > 0 ? ['the shortest way there:', ...path.map((row) => `  ${row}`)] : []),
  ];
  if (assuming !== null) rows.push(`assuming that ${assuming}`);
  const severity = code === 'prove/unreleased-containment' ? 'warning' : 'error';
  return { ...at(compiled, step.path, { severity, code, message: rows.join('\n') }), help };
}

function at(
  { source, positions }: Compiled,
  path: string,
  words: Pick<Diagnostic, 'severity' | 'code' | 'message'>,
): Diagnostic {
  const { line, column } = positions[path] ?? { line: 1, column: 1 };
  const snippet = lineOf(indexLines(source.text), line);
  // A step is pointed at by its id or its first key: to the end of that word.
  const word = /^[\w-]+/.exec(snippet.slice(column - 1))?.[0].length ?? 1;
  return {
    ...words,
    file: source.file,
    line,
    column,
    endLine: line,
    endColumn: column + word,
    path: path.startsWith('/') ? path : '',
    snippet,
  };
}
