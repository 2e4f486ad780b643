import { performance } from 'node:perf_hooks';
import type { Code } from '../../schemas/codes.ts';
import { type Backtested, notModelled } from '../core/backtest/backtest.ts';
import type { Around, Version } from '../core/backtest/play-version.ts';
import type { PastAlert } from '../core/backtest/would-match.ts';
import type { CompileOptions } from '../core/compile/compile-playbook.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import type { EngineParts } from './engine-parts.ts';
import { guardrailsNow } from './guardrails-in-force.ts';
import { routingInForce } from './routing-in-force.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import {
  type AlertPlace,
  alertsAfter,
  countAlerts,
  placeBefore,
  type StoredAlertRow,
} from './store/queries/past-alerts.ts';
import type { Sql } from './store/sql.ts';
import { TrialApart, TrialOver } from './try-apart.ts';
import { compileToTry, type SourceText, versionInForce } from './version-to-try.ts';

/*
 * What a playbook would have done about the alerts of the last weeks. Writes nothing. It reads over connections of its
 * own, in pages, and thinks in a process of its own; when whoever asked is gone, or time is up, it stops.
 */

export interface BacktestInput {
  playbookId: string;
  /** RFC 3339; null: 30 days before `until`. */
  since: string | null;
  /** Null: now. */
  until: string | null;
  /** The newest so many alerts of that time. */
  limit: number;
  /** A version that nobody has published; null: only the one in force. */
  candidate: SourceText | null;
  /** Nobody waits for the answer any more. */
  gone?: AbortSignal;
}

export interface BacktestReport extends Backtested {
  playbook: string;
  since: string;
  until: string;
  /** Alerts that were played, the oldest and the newest of them. */
  read: number;
  readFrom: string | null;
  readUntil: string | null;
  /** Alerts of that time; `ofMore`: there are more than that. */
  of: number;
  ofMore: boolean;
  /** What was left out: older alerts (`limit`), newer ones (`time`). */
  truncated: 'limit' | 'time' | null;
  /** Alerts of which their source has said something else since they arrived. */
  changedSince: number;
  notModelled: string[];
}

export type BacktestAnswer =
  | { ok: true; report: BacktestReport }
  | { ok: false; code: Code; detail: string; diagnostics?: Diagnostic[] };

export interface BacktestParts {
  parts: EngineParts;
  /** Not the one that runs are written over. */
  sql: Sql;
  registry: CompileOptions['registry'];
  /** How long one may take. */
  wallMs?: number;
}

export const limitMost = 10_000;
export const daysDefault = 30;
const wallMsDefault = 20_000;
/** For what was begun when time was up. */
const graceMs = 5_000;
/** An alert may be a megabyte, and its original another one. */
const pageSize = 25;
const countMost = 50_000;
const dayMs = 86_400_000;

export async function backtestPlaybook(
  { parts, sql, registry, wallMs = wallMsDefault }: BacktestParts,
  input: BacktestInput,
): Promise<BacktestAnswer> {
  const endsMs = performance.now() + wallMs;
  const { playbookId, candidate, limit } = input;
  const inForce = await versionInForce(parts, sql, playbookId);
  if (inForce === null && candidate === null)
    return { ok: false, code: 'request/not-found', detail: 'there is no such playbook' };
  const tried = candidate === null ? null : await compileToTry(parts, sql, registry, playbookId, candidate);
  if (tried !== null && !tried.ok) return tried;
  const versions = { inForce, candidate: tried?.version ?? null };
  const untilMs = input.until === null ? await databaseNowMs(sql) : Date.parse(input.until);
  const sinceMs = input.since === null ? untilMs - daysDefault * dayMs : Date.parse(input.since);
  const window = { since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() };
  const [routing, guardrails, before, count] = await Promise.all([
    routingInForce(sql, parts),
    guardrailsNow(sql, parts),
    placeBefore(sql, parts.tenant, window, limit),
    countAlerts(sql, parts.tenant, window, countMost + 1),
  ]);
  const around: Around = { routing, guardrails, connections: parts.connections };
  const trial = new TrialApart({ versions, around }, input.gone);
  try {
    const after = before ?? { at: window.since, id: '' };
    const reading = { until: window.until, after, raw: readsRaw(versions), gone: input.gone, endsMs };
    const { outOfTime, ...read } = await play(sql, parts, trial, reading);
    const { result } = await trial.ask({ is: 'result' }, 'result', graceMs);
    const shown = versions.candidate ?? versions.inForce;
    return {
      ok: true,
      report: {
        playbook: playbookId,
        ...window,
        ...read,
        of: Math.min(count, countMost),
        ofMore: count > countMost,
        truncated: outOfTime ? 'time' : before === null ? null : 'limit',
        notModelled: shown === null ? [] : notModelled(shown.loaded.plan),
        ...result,
      },
    };
  } catch (error) {
    if (!(error instanceof TrialOver)) throw error;
    if (input.gone?.aborted === true)
      return { ok: false, code: 'request/unavailable', detail: 'nobody waited for the answer' };
    return { ok: false, code: 'request/invalid', detail: tooMuch };
  } finally {
    await trial.close();
  }
}

/** For those who wrote it, and for those who sent an alert of a thousand hosts. */
export const tooMuch =
  'Its expressions take so much work that there was no answer in time. Make its conditions and lists simpler.';

interface Reading {
  until: string;
  after: AlertPlace;
  raw: boolean;
  gone: AbortSignal | undefined;
  endsMs: number;
}

async function play(sql: Sql, parts: EngineParts, trial: TrialApart, reading: Reading) {
  const { until, raw, gone, endsMs } = reading;
  const seen = {
    read: 0,
    readFrom: null as string | null,
    readUntil: null as string | null,
    changedSince: 0,
  };
  const isOver = () => gone?.aborted === true || performance.now() >= endsMs;
  let { after } = reading;
  while (!isOver()) {
    const page = await alertsAfter(sql, parts.tenant, after, { until, raw, most: pageSize });
    const leftMs = Math.max(0, endsMs - performance.now());
    const alerts = page.map(toPast);
    const asked = { is: 'take', alerts, untilMs: Date.now() + leftMs } as const;
    const { taken } = await trial.ask(asked, 'taken', leftMs + graceMs);
    for (const { receivedAt, changed } of page.slice(0, taken)) {
      seen.read += 1;
      seen.readFrom ??= receivedAt.toISOString();
      seen.readUntil = receivedAt.toISOString();
      if (changed) seen.changedSince += 1;
    }
    const last = page.at(-1);
    if (taken < page.length) break;
    if (last === undefined || page.length < pageSize) return { ...seen, outOfTime: false };
    after = last;
  }
  return { ...seen, outOfTime: true };
}

function toPast({ id, title, alert, raw, receivedAt }: StoredAlertRow): PastAlert {
  return { id, title, atMs: receivedAt.getTime(), alert: { ...alert, raw } };
}

/** Otherwise the vendor's original, which can be a megabyte, is not read. */
function readsRaw(versions: { inForce: Version | null; candidate: Version | null }): boolean {
  return [versions.inForce, versions.candidate].some(
    (each) => each !== null && JSON.stringify([each.loaded.plan, each.children]).includes('raw'),
  );
}
