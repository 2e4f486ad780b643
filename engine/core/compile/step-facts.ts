import { type ActionClass, type ActionManifest, classRank, majorOf } from '../contracts/action.ts';
import type { Mode } from '../contracts/plan.ts';
import type { ActionManifests, CheckableManifest, CompileContext } from './context.ts';
import type { StepSite } from './outline.ts';
import { field, type PlaybookSource, type SourceMap, textField, textItems } from './source-node.ts';

/** Small questions that several rules and the lowering ask about the file. */

export interface ActionReference {
  key: string;
  /** The major the playbook asks for; null when it takes the installed one. */
  major: string | null;
}

export function readActionKey(text: string): ActionReference {
  const [key = '', major] = text.split('@');
  return { key, major: major ?? null };
}

export function systemOf(key: string): string {
  return key.split('.')[0] ?? key;
}

/** The manifest of an action step, when its key and major are installed. */
export function findManifest(step: StepSite, registry: ActionManifests): CheckableManifest | null {
  const written = step.kind === 'action' ? textField(step.node, 'action') : undefined;
  return written === undefined ? null : findAction(written, registry);
}

/** `system.verb-noun` or `system.verb-noun@1`. */
export function findAction(written: string, registry: ActionManifests): CheckableManifest | null {
  const { key, major } = readActionKey(written);
  const manifest = registry.get(key);
  return manifest && (major === null || major === majorOf(manifest)) ? manifest : null;
}

export function hasEffect(manifest: ActionManifest): boolean {
  return manifest.class !== 'read' && manifest.class !== 'notify';
}

export function isContainment(manifest: ActionManifest): boolean {
  return manifest.class === 'contain' || manifest.class === 'eradicate';
}

/** Whether something in the step contains or eradicates, called playbooks included. */
export function isContaining(step: StepSite, parts: Pick<CompileContext, 'manifests' | 'children'>): boolean {
  const manifest = parts.manifests.get(step);
  const child = parts.children.get(step);
  return (
    (manifest !== undefined && isContainment(manifest)) ||
    (child !== undefined && classRank[child.plan.impact] >= classRank.contain) ||
    [...step.blocks, ...(step.onError ? [step.onError] : [])].some((block) =>
      block.steps.some((inner) => isContaining(inner, parts)),
    )
  );
}

const modeByStatus: Readonly<Record<string, Mode>> = {
  experimental: 'audit',
  test: 'ask',
  stable: 'enforce',
  deprecated: 'enforce',
};

export function defaultMode(status: string): Mode {
  return modeByStatus[status] ?? 'audit';
}

export function modeOf(source: PlaybookSource): Mode {
  const written = textField(source.root, 'mode');
  if (written === 'audit' || written === 'ask' || written === 'enforce') return written;
  return defaultMode(textField(source.root, 'status') ?? '');
}

const everyContainment: readonly string[] = ['contain', 'eradicate'] satisfies ActionClass[];

/** What a guard watches: action classes, action keys or step ids. */
export function watchedBy(guard: SourceMap): readonly string[] {
  return field(guard, 'applies_to') ? textItems(guard, 'applies_to') : everyContainment;
}

export function isWatched(step: StepSite, manifest: ActionManifest, watched: readonly string[]): boolean {
  return (
    watched.includes(manifest.class) ||
    watched.includes(manifest.key) ||
    (step.id !== null && watched.includes(step.id))
  );
}

/** The action steps whose action is installed, with it. */
export function actionSteps(
  context: Pick<CompileContext, 'manifests'>,
): (readonly [StepSite, ActionManifest])[] {
  return [...context.manifests.entries()];
}
