import type { PlaybookUnderTest } from '../../engine/core/cases/playbook-under-test.ts';
import type { Mode } from '../../engine/core/contracts/plan.ts';
import type { TriggerExplanation } from '../../engine/core/match/explain-event.ts';
import { type LookedAt, previewReport } from '../../engine/core/preview/preview-report.ts';
import type { StartablePreview } from '../../engine/core/preview/start-preview.ts';
import type { ReadAnswer } from '../../engine/core/preview/walker.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import type { LiveReads } from './live-reads.ts';
import { loadPlaybook } from './load-playbook.ts';
import { printPreview, signs } from './preview-text.ts';
import { printJson, say } from './print.ts';
import { readAlert } from './read-alert.ts';
import { readRouting } from './read-routing.ts';

/* What `riposte run --dry-run` does: nothing leaves this process but live reads, when they are asked for. */

export interface DryRunOptions {
  alert?: string;
  source: string;
  trigger?: string;
  mode?: Mode;
  routing?: string;
  liveReads?: true;
  json?: true;
  inputs: JsonObject;
  target: { kind: string; id: string; name: string } | null;
}

export async function dryRun(file: string, options: DryRunOptions): Promise<void> {
  const under = await loadPlaybook(file);
  const started = await start(under, options);
  const reads = options.liveReads ? (await import('./live-reads.ts')).openLiveReads() : null;
  try {
    const shown: LookedAt[] = [];
    for (const run of started.runs) shown.push(await preview(under, run, reads));
    const report = previewReport(under.loaded, started.triggers, shown);
    if (options.json) printJson(report);
    else {
      printPreview(report, options.liveReads === true);
      say(
        `${signs}\nNothing was done. Guardrails, budgets, holds of other runs, duplicates and full groups are known to the server only.`,
      );
    }
  } finally {
    await reads?.close();
  }
  if (started.runs.length === 0) throw new CliError(exitCodes.findings, 'Nothing would be started.');
}

async function start(
  under: PlaybookUnderTest,
  options: DryRunOptions,
): Promise<{ triggers: TriggerExplanation[]; runs: StartablePreview[] }> {
  const { startByAlert, startByHand } = await import('../../engine/core/preview/start-preview.ts');
  const { loaded } = under;
  const trigger = options.trigger ?? null;
  if (trigger !== null && !loaded.plan.triggers.some((each) => each.id === trigger)) {
    const known = loaded.plan.triggers.map((each) => each.id).join(', ');
    throw new CliError(
      exitCodes.usage,
      `The playbook has no trigger "${trigger}"; it has ${known || 'none'}.`,
    );
  }
  const routing = await readRouting(options.routing, [loaded.plan.playbook.id]);
  const shared = { nowMs: Date.now(), routing, mode: options.mode ?? null, trigger };
  if (options.alert !== undefined)
    return startByAlert(loaded, await readAlert(options.alert, options.source), shared);
  const byHand = startByHand(loaded, { ...shared, target: options.target, inputs: options.inputs });
  if (!byHand.ok)
    throw new CliError(exitCodes.findings, `It could not be started by hand: ${byHand.message}.`);
  return { triggers: [], runs: [byHand.run] };
}

/** Reads make further reads possible: asked again until nothing new can be read. */
async function preview(
  under: PlaybookUnderTest,
  run: StartablePreview,
  live: LiveReads | null,
): Promise<LookedAt> {
  const [{ previewRun }, { connectionsOf }] = await Promise.all([
    import('../../engine/core/preview/preview-run.ts'),
    import('../../engine/core/cases/playbook-under-test.ts'),
  ]);
  const reads = new Map<string, ReadAnswer>();
  const look = () =>
    previewRun({
      plan: under.loaded.plan,
      given: run.given,
      nowMs: run.given.createdAtMs,
      connections: live?.connections ?? connectionsOf(under),
      openInputs: run.openInputs,
      children: Object.fromEntries(Object.entries(under.children).map(([id, { plan }]) => [id, plan])),
      reads,
    });
  let seen = look();
  while (live !== null && seen.wanted.length > 0) {
    for (const wanted of seen.wanted) reads.set(wanted.path, await live.read(wanted));
    seen = look();
  }
  return { run, tree: seen.tree, reads: reads.size };
}
