import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { CompileOptions } from '../core/compile/compile-playbook.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import type { PreviewReport } from '../core/preview/preview-report.ts';
import { tooMuch } from './backtest-playbook.ts';
import type { EngineParts } from './engine-parts.ts';
import { guardrailsNow } from './guardrails-in-force.ts';
import { routingInForce } from './routing-in-force.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Sql } from './store/sql.ts';
import { TrialApart, TrialOver } from './try-apart.ts';
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

/** Somebody waits for the page. */
const withinMs = 10_000;

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
  const [routing, guardrails, nowMs] = await Promise.all([
    routingInForce(sql, parts),
    guardrailsNow(sql, parts),
    databaseNowMs(sql),
  ]);
  const around = { routing, guardrails, connections: parts.connections };
  const trial = new TrialApart({ versions: { inForce: tried.version, candidate: null }, around });
  try {
    const { report } = await trial.ask({ is: 'plan', alert: given, nowMs }, 'planned', withinMs);
    return { ok: true, preview: report };
  } catch (error) {
    if (!(error instanceof TrialOver)) throw error;
    return { ok: false, code: 'request/invalid', detail: tooMuch };
  } finally {
    await trial.close();
  }
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
