import { setImmediate } from 'node:timers/promises';
import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { stepsMost } from '../core/backtest/play-version.ts';
import type { CompileOptions } from '../core/compile/compile-playbook.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import { type LookedAt, type PreviewReport, previewReport } from '../core/preview/preview-report.ts';
import { previewRun } from '../core/preview/preview-run.ts';
import { startByAlert } from '../core/preview/start-preview.ts';
import type { EngineParts } from './engine-parts.ts';
import { guardrailsNow } from './guardrails-in-force.ts';
import { routingInForce } from './routing-in-force.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Sql } from './store/sql.ts';
import { compileToTry, type SourceText, versionInForce } from './version-to-try.ts';

/*
 * What a playbook would do about one alert if it came now: the dry run of the command line with what only the server
 * knows, routing and guardrails. Writes nothing and asks no system of a vendor.
 */

export interface PlanInput {
  playbookId: string;
  /** Of the store, or as a source sends it, normalised. */
  alert: { id: string } | { given: JsonObject };
  /** A version that nobody has published; null: the one in force. */
  candidate: SourceText | null;
}

export type PlanAnswer =
  | { ok: true; preview: PreviewReport }
  | { ok: false; code: Code; detail: string; diagnostics?: Diagnostic[] };

/** Runs that are looked at; how many a trigger would start is said of each. */
const runsMost = 20;

export async function planOnAlert(
  parts: EngineParts,
  sql: Sql,
  registry: CompileOptions['registry'],
  { playbookId, alert, candidate }: PlanInput,
): Promise<PlanAnswer> {
  const given = 'given' in alert ? alert.given : await storedAlert(sql, parts, alert.id);
  if (given === null) return { ok: false, code: 'request/not-found', detail: 'there is no such alert' };
  const tried =
    candidate === null
      ? await inForce(parts, sql, playbookId)
      : await compileToTry(parts, sql, registry, playbookId, candidate);
  if (!tried.ok) return tried;
  const { loaded, children } = tried.version;
  const [routing, guardrails, nowMs] = await Promise.all([
    routingInForce(sql, parts),
    guardrailsNow(sql, parts),
    databaseNowMs(sql),
  ]);
  const mode = guardrails?.modeCeiling ?? null;
  const { triggers, runs } = startByAlert(loaded, given, {
    nowMs,
    routing,
    mode,
    trigger: null,
    most: runsMost,
  });
  const looked: LookedAt[] = [];
  for (const run of runs) {
    const { tree } = previewRun({
      plan: loaded.plan,
      given: run.given,
      nowMs,
      connections: parts.connections,
      openInputs: run.openInputs,
      children,
      reads: new Map(),
      guardrails,
      stepsMost,
    });
    looked.push({ run, tree, reads: 0 });
    await setImmediate();
  }
  return { ok: true, preview: previewReport(loaded, triggers, looked) };
}

async function inForce(parts: EngineParts, sql: Sql, playbookId: string) {
  const version = await versionInForce(parts, sql, playbookId);
  if (version !== null) return { ok: true, version } as const;
  return { ok: false, code: 'request/not-found', detail: 'there is no such playbook' } as const;
}

/** As expressions see it; null when there is none. */
export async function storedAlert(sql: Sql, parts: EngineParts, id: string): Promise<JsonObject | null> {
  const { rows } = await sql.query<{ alert: JsonObject; raw: JsonObject | null }>(
    'select alert, raw from alerts where tenant_id = $1 and id = $2',
    [parts.tenant, id],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row.alert, raw: row.raw };
}
