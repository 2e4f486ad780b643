import type { Code } from '../../schemas/codes.ts';
import type { AlertId, IncidentId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Mode } from '../core/contracts/plan.ts';
import type { Matched } from '../core/match/match-event.ts';
import { underCeiling } from '../core/match/routing.ts';
import { createRun } from './create-run.ts';
import type { EngineParts, LoadedPlan, Started } from './engine-parts.ts';
import { findEarlierRun, groupIsFull, isKnownRun, lockKey } from './store/queries/crowd-control.ts';
import type { CurrentPlaybook } from './store/queries/current-playbooks.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import type { Tx } from './store/sql.ts';

/*
 * The last steps from a match to a run (language reference 9.15, items 4 to 7), the same for events,
 * ticks of a schedule and people: redelivery, dedupe, concurrency, creation.
 */

export interface RunToStart {
  playbook: CurrentPlaybook;
  loaded: LoadedPlan;
  matched: Matched;
  /** The boldest that the guardrails allow at this moment. */
  ceiling: Mode;
  /** As expressions see it; null for runs started by hand or by the clock. */
  alert: JsonObject | null;
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  signalId: string | null;
  chain: number;
  priority: number;
  /** `per_…`, `tok_…`, or `trigger:<id>` when nobody did. */
  startedBy: string;
  /** Actors who asked for it, the publisher aside: they do not decide its approvals. */
  askedBy: (string | null)[];
  /** A person's start is never suppressed (9.15, item 5). */
  byHand: boolean;
}

export type RunStart =
  | ({ outcome: 'started' } & Started)
  | {
      outcome: 'attached' | 'skipped' | 'redelivered';
      code: Code;
      detail: string;
      /** The run that covers it. */
      runId: RunId | null;
    };

export async function startRun(
  tx: Tx,
  parts: EngineParts,
  nowMs: number,
  start: RunToStart,
): Promise<RunStart> {
  const { playbook, loaded, matched } = start;
  const { tenant } = parts;
  if (await isKnownRun(tx, tenant, matched.runKey)) return redelivered;
  const { dedupe, concurrency } = loaded.plan;
  if (dedupe !== null && matched.dedupeKey !== null && !start.byHand) {
    await lockKey(tx, tenant, `dedupe/${playbook.playbookId}/${matched.dedupeKey}`);
    const earlier = await findEarlierRun(tx, tenant, playbook.playbookId, matched.dedupeKey, dedupe.windowMs);
    if (earlier !== null) {
      const outcome = dedupe.onDuplicate === 'attach' ? 'attached' : 'skipped';
      const detail = `a run with the key "${matched.dedupeKey}" covers it`;
      return { outcome, code: 'match/duplicate', detail, runId: earlier };
    }
  }
  const group =
    matched.concurrencyGroup === null ? null : `${playbook.playbookId}/${matched.concurrencyGroup}`;
  if (concurrency?.onConflict === 'skip' && group !== null) {
    await lockKey(tx, tenant, `group/${group}`);
    if (await groupIsFull(tx, tenant, group, concurrency.limit)) {
      const detail = `the group "${matched.concurrencyGroup}" is full`;
      return { outcome: 'skipped', code: 'match/group-full', detail, runId: null };
    }
  }
  const runId = parts.mint('RunId');
  const created = await createRun(tx, tenant, loaded, {
    runId,
    playbookId: playbook.playbookId,
    playbookVersion: playbook.version,
    digest: playbook.digest,
    sourceSha256: playbook.sourceSha256,
    runKey: matched.runKey,
    triggerId: matched.triggerId,
    alertId: start.alertId,
    incidentId: start.incidentId,
    ...(start.signalId !== null && { signalId: start.signalId }),
    chain: start.chain,
    alert: start.alert === null ? null : { ...start.alert, raw: rawOf(start.alert, loaded) },
    inputs: matched.inputs,
    ...underCeiling(matched.mode, start.ceiling),
    priority: start.priority,
    startedBy: start.startedBy,
    excluded: await peopleBehind(tx, tenant, [playbook.publishedBy, ...start.askedBy]),
    dedupeKey: matched.dedupeKey,
    concurrency: group === null || concurrency === null ? null : { group, limit: concurrency.limit },
    url: `${parts.publicUrl}/runs/${runId}`,
    nowMs,
  });
  // Another engine was faster by the width of this statement.
  if (!created) return redelivered;
  return { outcome: 'started', runId, group, limit: concurrency?.limit ?? null };
}

const redelivered = {
  outcome: 'redelivered',
  code: 'match/redelivered',
  detail: 'this has started this run before',
  runId: null,
} as const;

function rawOf(alert: JsonObject, loaded: LoadedPlan) {
  return loaded.readsRaw ? (alert.raw ?? null) : null;
}

/** 1 most urgent; the queue serves lower numbers first. */
export function priorityOf(severity: string): number {
  const order = ['critical', 'high', 'medium', 'low', 'informational'];
  return Math.max(0, order.indexOf(severity)) + 1;
}
