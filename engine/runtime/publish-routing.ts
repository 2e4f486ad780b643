import type { Code } from '../../schemas/codes.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import { compileRoutingInPieces } from '../core/match/compile-routing.ts';
import { betweenOthers } from './between-others.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { lockKey } from './store/queries/crowd-control.ts';
import { currentRouting } from './store/queries/current-routing.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

type Published =
  | { ok: true; version: number; unchanged: boolean; diagnostics: Diagnostic[] }
  | { ok: false; code: Code; detail: string; diagnostics: Diagnostic[] };

/**
 * Puts a routing file in force, from the next event on. `version` is the one that the author saw, 0
 * when there was none: two people who edit at once do not overwrite each other.
 */
export async function publishRouting(
  parts: EngineParts,
  input: { source: string; file: string; version: number; actor: Actor; requestId: string },
): Promise<Published> {
  const { tenant } = parts;
  // No playbook ever goes, so what is known now is known at the commit; one that comes meanwhile is named again.
  const { rows } = await parts.database.query<{ id: string }>(
    'select id from playbooks where tenant_id = $1',
    [tenant],
  );
  const playbooks = rows.map(({ id }) => id);
  const work = compileRoutingInPieces(input.source, { file: input.file, playbooks });
  const compiled = await betweenOthers(work);
  const published = await parts.database.transaction(async (tx): Promise<Published> => {
    await lockKey(tx, tenant, 'routing');
    const current = await currentRouting(tx, tenant);
    const version = current?.version ?? 0;
    if (version !== input.version) {
      const detail = `version ${version} is in force now, not ${input.version}`;
      return refuse(tx, parts, input, { code: 'request/stale', detail, diagnostics: [] });
    }
    const { diagnostics } = compiled;
    if (!compiled.ok) {
      const [first] = diagnostics;
      const detail = `the routing file was not published: ${first?.message ?? 'it cannot be read'}`;
      return refuse(tx, parts, input, { code: first?.code ?? 'request/invalid', detail, diagnostics });
    }
    if (current?.source === input.source) return { ok: true, version, unchanged: true, diagnostics };
    await tx.query(
      `insert into routing_versions (tenant_id, version, source, routing, published_by)
       values ($1, $2, $3, $4, $5)`,
      [tenant, version + 1, input.source, JSON.stringify(compiled.routing), input.actor.id],
    );
    const entry = {
      type: 'routing.published' as const,
      actor: input.actor,
      requestId: input.requestId,
      data: { version: version + 1, playbooks: compiled.routing.routes.map((route) => route.playbook) },
    };
    await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], parts.mint);
    return { ok: true, version: version + 1, unchanged: false, diagnostics };
  });
  if (!published.ok || !published.unchanged) parts.afterCommit({ entries: true });
  return published;
}

async function refuse(
  tx: Tx,
  parts: EngineParts,
  { actor, requestId }: { actor: Actor; requestId: string },
  refusal: { code: Code; detail: string; diagnostics: Diagnostic[] },
): Promise<Published> {
  const entry = {
    type: 'routing.refused' as const,
    actor,
    requestId,
    outcome: 'denied' as const,
    code: refusal.code,
    reason: refusal.detail.slice(0, 500),
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  return { ok: false, ...refusal };
}
