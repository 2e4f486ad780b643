import type { ActionManifest } from '../contracts/action.ts';
import type { Plan, PlanDigest } from '../contracts/plan.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import type { CheckedSite } from './checked-site.ts';
import type { Flow } from './flow.ts';
import type { Outline, StepSite } from './outline.ts';
import type { PlaybookSource } from './source-node.ts';

/** A manifest, and what else its action can: read the target's present state, tell people about a question. */
export type CheckableManifest = ActionManifest & { canCheck: boolean; canTell?: boolean };

/** Installed actions by key. `manifestsOf` makes it from the registry. */
export type ActionManifests = ReadonlyMap<string, CheckableManifest>;

/** Ids of the configured connections by system; absent when the check runs without an installation. */
export type Connections = ReadonlyMap<string, readonly string[]>;

/** A playbook that others may call, as its current version was compiled. */
export interface Callable {
  digest: PlanDigest;
  plan: Plan;
}

/** Callable playbooks by id. */
export type Callables = ReadonlyMap<string, Callable>;

/** What every rule may look at. */
export interface CompileContext {
  source: PlaybookSource;
  outline: Outline;
  flow: Flow;
  registry: ActionManifests;
  connections: Connections | null;
  /** The manifest of each action step whose key and major are installed. */
  manifests: ReadonlyMap<StepSite, CheckableManifest>;
  /** The manifest of each own rollback whose key and major are installed. */
  rollbacks: ReadonlyMap<StepSite, CheckableManifest>;
  playbooks: Callables;
  /** Ids of playbooks that are there and do not compile. */
  refused: ReadonlySet<string>;
  /** What each `call` step resolves to, where it does. */
  children: ReadonlyMap<StepSite, Callable>;
  /** Every expression of the file with its type and references. */
  expressions: readonly CheckedSite[];
}

/** One semantic check. Finds, never throws, never repairs. */
export type Rule = (context: CompileContext) => Problem[];
