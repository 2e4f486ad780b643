import { type Diagnostic, sortDiagnostics } from '../diagnostics/diagnostic.ts';
import { indexLines, lineOf } from '../diagnostics/position.ts';
import { calledIds } from './called-ids.ts';
import { type Compilation, type CompileOptions, compilePlaybook } from './compile-playbook.ts';
import type { Callable } from './context.ts';

/*
 * Compiles playbooks that belong together, called ones first, so that a `call` is resolved as publishing
 * them in that order would resolve it. What is known of other playbooks besides (an installation's)
 * comes in as `playbooks`.
 */

export interface PlaybookText {
  file: string;
  text: string;
}

export interface CompiledFile extends PlaybookText {
  compilation: Compilation;
}

/** In the order of publishing: whoever is called comes before whoever calls. */
export function compilePlaybooks(
  files: readonly PlaybookText[],
  options: Omit<CompileOptions, 'file'>,
): CompiledFile[] {
  const byId = new Map<string, PlaybookText>();
  for (const each of files) {
    const id = idIn(each.text);
    if (id !== null && !byId.has(id)) byId.set(id, each);
  }
  const callable = new Map<string, Callable>(options.playbooks ?? []);
  const refused = new Set<string>(options.refused ?? []);
  const done = new Map<string, CompiledFile>();
  const compile = (each: PlaybookText, callers: readonly string[]): void => {
    if (done.has(each.file)) return;
    for (const id of calledIds(each.text)) {
      const called = byId.get(id);
      // A circle is left to the compiler, which says so.
      if (called !== undefined && called !== each && !callers.includes(called.file))
        compile(called, [...callers, each.file]);
    }
    if (done.has(each.file)) return;
    const compiled = compilePlaybook(each.text, {
      ...options,
      file: each.file,
      playbooks: callable,
      refused,
    });
    const id = idIn(each.text);
    const first = id === null ? undefined : byId.get(id);
    const compilation = first === undefined || first === each ? compiled : refuseTwin(compiled, each, first);
    if (compilation.ok) callable.set(compilation.plan.playbook.id, compilation);
    else if (id !== null) refused.add(id);
    done.set(each.file, { ...each, compilation });
  };
  for (const each of files) compile(each, []);
  return [...done.values()];
}

/** Two files with one id would publish over each other. */
function refuseTwin(compiled: Compilation, twin: PlaybookText, first: PlaybookText): Compilation {
  const { line, column, length } = placeOfId(twin.text);
  const other = placeOfId(first.text);
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'compile/duplicate-id',
    file: twin.file,
    line,
    column,
    endLine: line,
    endColumn: column + length,
    path: '/id',
    message: `another playbook has the id "${idIn(twin.text)}"`,
    snippet: lineOf(indexLines(twin.text), line),
    seen: { file: first.file, line: other.line, column: other.column, message: 'it is used here' },
    help: 'an id is unique in the installation; rename one of the two',
  };
  return { ok: false, diagnostics: sortDiagnostics([...compiled.diagnostics, diagnostic]) };
}

// Read off the text, before anything is compiled: it only decides the order and who came first.
const idLine = /^id:\s*["']?([a-z0-9-]+)/m;

function idIn(text: string): string | null {
  return idLine.exec(text)?.[1] ?? null;
}

function placeOfId(text: string): { line: number; column: number; length: number } {
  const found = idLine.exec(text);
  const id = found?.[1] ?? '';
  const at = (found?.index ?? 0) + (found?.[0].length ?? 0) - id.length;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: id.length };
}
