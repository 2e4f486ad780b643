import { type CompiledFile, compilePlaybooks, type PlaybookText } from '../compile/compile-playbooks.ts';
import type { ActionManifests } from '../compile/context.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { PlaybookUnderTest } from './playbook-under-test.ts';

export type CompiledPlaybook =
  | { ok: true; under: PlaybookUnderTest; diagnostics: Diagnostic[] }
  | { ok: false; diagnostics: Diagnostic[] };

/** Playbooks that call one another, each compiled once, as the cases of any of them need them. */
export class CompiledSet {
  readonly #registry: ActionManifests;
  readonly #byFile: ReadonlyMap<string, CompiledFile>;
  readonly #loaded = new Map<string, LoadedPlan>();

  constructor(playbooks: readonly PlaybookText[], registry: ActionManifests) {
    this.#registry = registry;
    const compiled = compilePlaybooks(playbooks, { registry });
    this.#byFile = new Map(compiled.map((each) => [each.file, each]));
    for (const { compilation } of compiled) {
      if (!compilation.ok) continue;
      const { plan, digest } = compilation;
      this.#loaded.set(plan.playbook.id, { plan, digest });
    }
  }

  /** Null when there is no such file. */
  get(file: string): CompiledPlaybook | null {
    const compiled = this.#byFile.get(file);
    if (compiled === undefined) return null;
    const { text, compilation } = compiled;
    const { diagnostics } = compilation;
    if (!compilation.ok) return { ok: false, diagnostics };
    const { plan, digest, positions } = compilation;
    const loaded: LoadedPlan = this.#loaded.get(plan.playbook.id) ?? { plan, digest };
    const children = this.#childrenOf(loaded);
    return {
      ok: true,
      under: { file, text, loaded, positions, children, manifests: this.#registry },
      diagnostics,
    };
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
