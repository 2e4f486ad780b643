import { compilePlaybook } from '../compile/compile-playbook.ts';
import type { ActionManifests, Callable } from '../compile/context.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';

/*
 * Compiles playbooks that call one another, each once and called ones first, so that a `call` is
 * resolved as publishing them in that order would resolve it. Only those that are asked for, and what
 * they call.
 */

export interface PlaybookText {
  file: string;
  text: string;
}

export type CompiledPlaybook =
  | { ok: true; under: PlaybookUnderTest; diagnostics: Diagnostic[] }
  | { ok: false; diagnostics: Diagnostic[] };

export class CompiledSet {
  readonly #registry: ActionManifests;
  readonly #byFile: ReadonlyMap<string, PlaybookText>;
  readonly #fileOfId: ReadonlyMap<string, string>;
  readonly #done = new Map<string, CompiledPlaybook>();
  readonly #callable = new Map<string, Callable>();
  readonly #loaded = new Map<string, LoadedPlan>();

  constructor(playbooks: readonly PlaybookText[], registry: ActionManifests) {
    this.#registry = registry;
    this.#byFile = new Map(playbooks.map((each) => [each.file, each]));
    this.#fileOfId = new Map(
      playbooks.flatMap(({ file, text }) => idsIn(text).map((id) => [id, file] as const)),
    );
  }

  /** Null when there is no such file. */
  get(file: string): CompiledPlaybook | null {
    return this.#compile(file, []);
  }

  #compile(file: string, callers: readonly string[]): CompiledPlaybook | null {
    const known = this.#done.get(file);
    if (known !== undefined) return known;
    const playbook = this.#byFile.get(file);
    if (playbook === undefined) return null;
    for (const id of callsIn(playbook.text)) {
      const called = this.#fileOfId.get(id);
      // A circle is left to the compiler, which says so.
      if (called !== undefined && called !== file && !callers.includes(called))
        this.#compile(called, [...callers, file]);
    }
    const compiled = compilePlaybook(playbook.text, {
      file,
      registry: this.#registry,
      playbooks: this.#callable,
    });
    const result: CompiledPlaybook = compiled.ok
      ? { ok: true, under: this.#keep(file, compiled), diagnostics: compiled.diagnostics }
      : { ok: false, diagnostics: compiled.diagnostics };
    this.#done.set(file, result);
    return result;
  }

  #keep(
    file: string,
    { plan, digest, positions }: Extract<ReturnType<typeof compilePlaybook>, { ok: true }>,
  ): PlaybookUnderTest {
    const { id } = plan.playbook;
    const loaded: LoadedPlan = { plan, digest };
    this.#callable.set(id, { plan, digest });
    this.#loaded.set(id, loaded);
    return { file, loaded, positions, children: this.#childrenOf(loaded), manifests: this.#registry };
  }

  #childrenOf(loaded: LoadedPlan): { [id: string]: LoadedPlan } {
    const children: { [id: string]: LoadedPlan } = {};
    for (const id of Object.keys(loaded.plan.children)) {
      const child = this.#loaded.get(id);
      if (child !== undefined) Object.assign(children, { [id]: child }, this.#childrenOf(child));
    }
    return children;
  }
}

// Read off the text, before anything is compiled: it only decides the order.
function idsIn(text: string): string[] {
  return [...text.matchAll(/^id:\s*["']?([a-z0-9-]+)/gm)].slice(0, 1).map((match) => match[1] ?? '');
}

function callsIn(text: string): string[] {
  return [...text.matchAll(/^[\s-{,]*call:\s*["']?([a-z0-9-]+)/gm)].map((match) => match[1] ?? '');
}
