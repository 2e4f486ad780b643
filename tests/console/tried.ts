import { notModelled } from '../../engine/core/backtest/backtest.ts';
import type { Guardrails } from '../../engine/core/guard/guardrails.ts';
import { previewReport } from '../../engine/core/preview/preview-report.ts';
import { previewRun } from '../../engine/core/preview/preview-run.ts';
import { startByAlert } from '../../engine/core/preview/start-preview.ts';
import type { BacktestReport } from '../../engine/runtime/backtest-playbook.ts';
import type { FakeUseCases } from '../api/fake-use-cases.ts';
import { backtestOf, hostPlaybook, isolate, pastAlert, tell, versionOf } from '../backtest/backtest-of.ts';

/* What pages show when a playbook was tried: results of the real functions, about alerts of somebody who means harm. */

export const hostile = '<img src=x onerror=alert(1)> \u202e "quoted"';

const look = `  - id: asset
    action: inventory.get-host
    with: { host_id: '\${{ inputs.host_id }}' }
  - if: steps.asset.outputs.role == "server"
    then:
${tell.replace(/^/gm, '    ').trimEnd()}
`;
const text = hostPlaybook(
  `dedupe: { key: '\${{ inputs.host_id }}', window: 1h, on_duplicate: skip }`,
  look + isolate,
  'alert.severity == "high" && alert.raw.score > 1',
);

const guardrails: Guardrails = {
  modeCeiling: 'enforce',
  limits: [],
  rules: [
    {
      ...{ id: 'jewels', classes: ['contain'], effect: 'deny', reason: 'It is a crown jewel', approvers: [] },
      ...{ quorum: 1, match: `guard.target.id == "DC1"`, fromMs: null, untilMs: null },
    },
  ],
};

const named = { title: hostile, raw: { score: 2 } };
const alerts = [
  pastAlert(0, ['DC1', 'H1', hostile], named),
  pastAlert(5, ['H1'], named),
  pastAlert(1_500, ['H2'], { title: hostile, raw: {} }),
];

export function triedReport(): BacktestReport {
  const { version } = versionOf(text);
  return {
    playbook: 'tried',
    since: '2026-10-30T00:00:00.000Z',
    until: '2026-11-29T00:00:00.000Z',
    read: 3,
    readFrom: '2026-11-20T00:00:00.000Z',
    readUntil: '2026-11-21T00:00:00.000Z',
    of: 5,
    ofMore: true,
    truncated: 'limit',
    changedSince: 1,
    notModelled: notModelled(version.loaded.plan),
    ...backtestOf({ inForce: text }, alerts, { guardrails }),
  };
}

function planned() {
  const { version, connections } = versionOf(text);
  const { loaded, children } = version;
  const { alert, atMs: nowMs } = alerts[0] ?? pastAlert(0, []);
  const { triggers, runs } = startByAlert(loaded, alert, { nowMs, routing: null, mode: null, trigger: null });
  const looked = runs.map((run) => {
    const parts = { plan: loaded.plan, given: run.given, nowMs, connections, children };
    const { tree } = previewRun({ ...parts, openInputs: run.openInputs, reads: new Map(), guardrails });
    return { run, tree, reads: 0 };
  });
  return { triggers, preview: previewReport(loaded, triggers, looked) };
}

export function answerTried(useCases: FakeUseCases): void {
  const { triggers, preview } = planned();
  useCases.answer('planPlaybook', async () => ({ ok: true, preview }));
  useCases.answer('explainAlert', async () => ({ ok: true, triggers, more: 2 }));
  useCases.answer('backtestPlaybook', async () => ({ ok: true, report: triedReport() }));
}
