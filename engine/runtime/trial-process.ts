import { Backtest } from '../core/backtest/backtest.ts';
import { stepsMost } from '../core/backtest/play-version.ts';
import { playPublished } from '../core/cases/play-published.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { type LookedAt, type PreviewReport, previewReport } from '../core/preview/preview-report.ts';
import { previewRun } from '../core/preview/preview-run.ts';
import { startByAlert } from '../core/preview/start-preview.ts';
import type { Asked, Replied, Trial } from './trial-messages.ts';

/* The other side of `try-apart.ts`: thought alone, without connections, that can be ended at any moment. */

let trial: { versions: Trial['versions']; around: Trial['around']; backtest: Backtest } | null = null;

process.on('message', (said: Trial | Asked) => {
  if ('versions' in said) trial = { ...said, backtest: new Backtest(said.versions, said.around) };
  else process.send?.(answer(said));
});
// Whoever asked has ended.
process.on('disconnect', () => process.exit());

function begun() {
  invariant(trial !== null, 'a trial begins with what is tried');
  return trial;
}

function answer(asked: Asked): Replied {
  switch (asked.is) {
    case 'take':
      return { is: 'taken', taken: take(asked) };
    case 'result':
      return { is: 'result', result: begun().backtest.result() };
    case 'plan':
      return { is: 'planned', report: plan(asked) };
    case 'play-cases':
      return { is: 'cases-played', answer: playPublished(asked.cases, asked.under) };
  }
}

/** An alert that was begun is played to its end, so that no count holds half of one. */
function take({ alerts, untilMs }: Extract<Asked, { is: 'take' }>): number {
  const { backtest } = begun();
  let taken = 0;
  for (const alert of alerts) {
    if (Date.now() >= untilMs) break;
    const work = backtest.take(alert);
    while (work.next().done !== true) if (Date.now() >= untilMs) backtest.stopLooking();
    taken += 1;
  }
  return taken;
}

/** Runs that are looked at; how many a trigger would start is said of each. */
const runsMost = 20;

function plan({ alert, nowMs }: Extract<Asked, { is: 'plan' }>): PreviewReport {
  const { versions, around } = begun();
  const version = versions.candidate ?? versions.inForce;
  invariant(version !== null, 'one version is planned');
  const { loaded, children } = version;
  const { routing, guardrails, connections } = around;
  const mode = guardrails?.modeCeiling ?? null;
  const asked = { nowMs, routing, mode, trigger: null, most: runsMost };
  const { triggers, runs } = startByAlert(loaded, alert, asked);
  const looked = runs.map((run): LookedAt => {
    const { given, openInputs } = run;
    const parts = {
      plan: loaded.plan,
      given,
      nowMs,
      connections,
      openInputs,
      children,
      guardrails,
      stepsMost,
    };
    return { run, tree: previewRun({ ...parts, reads: new Map() }).tree, reads: 0 };
  });
  return previewReport(loaded, triggers, looked);
}
