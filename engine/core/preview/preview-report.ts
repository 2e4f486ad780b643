import type { LoadedPlan } from '../cases/loaded-plan.ts';
import type { TriggerExplanation } from '../match/explain-event.ts';
import type { PreviewTree } from './preview.ts';
import type { StartablePreview } from './start-preview.ts';

/** One run that would be started, and what it would do. */
export interface LookedAt {
  run: StartablePreview;
  tree: PreviewTree;
  /** Reads that were really made. */
  reads: number;
}

export type PreviewReport = ReturnType<typeof previewReport>;

/** The machine form of a dry run: `schemas/preview.schema.json`. */
export function previewReport(
  { plan, digest }: LoadedPlan,
  triggers: readonly TriggerExplanation[],
  runs: readonly LookedAt[],
) {
  const { id, title, version } = plan.playbook;
  return {
    schemaVersion: 1 as const,
    playbook: { id, title, version, digest },
    triggers: triggers.map(({ runs: starts, ...rest }) => ({ ...rest, starts: starts.length })),
    runs: runs.map(({ run, tree, reads }) => ({
      trigger: run.trigger,
      element: run.element,
      inputs: run.inputs,
      dedupe: run.dedupe,
      group: run.group,
      liveReads: reads,
      ...tree,
    })),
  };
}
