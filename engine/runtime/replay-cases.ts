import type { Code } from '../../schemas/codes.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { CasesText } from '../core/cases/play-published.ts';
import type { CompileOptions } from '../core/compile/compile-playbook.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { PlanDigest } from '../core/contracts/plan.ts';
import { presentPlan } from '../core/contracts/present-plan.ts';
import type { EngineParts } from './engine-parts.ts';
import { playCases } from './play-cases.ts';
import type { PlaysWith } from './plays-with.ts';
import { keepResult } from './publish-cases.ts';

/*
 * The newest cases of a version once more: with the engine and the actions of today. What was published stays; the
 * result is another one, and the log has both.
 */

export interface ReplayInput {
  playbookId: string;
  /** As we count. */
  version: number;
  actor: Actor;
  requestId: string;
}

export type ReplayAnswer = { ok: true } | { ok: false; code: Code; detail: string };

interface Row {
  number: number;
  source: string;
  sha256: string;
  files: CasesText['files'];
  playbook: string;
  plan: JsonObject;
  digest: PlanDigest;
  semver: string;
}

const select = `
select c.number, c.source, c.source_sha256 as sha256, c.files, v.source as playbook, v.plan, v.digest, v.semver
from playbook_cases c join playbook_versions v using (tenant_id, playbook_id, version)
where c.tenant_id = $1 and c.playbook_id = $2 and c.version = $3 order by c.number desc limit 1`;

export async function replayCases(
  parts: EngineParts,
  registry: CompileOptions['registry'],
  now: PlaysWith,
  { playbookId, version, actor, requestId }: ReplayInput,
): Promise<ReplayAnswer> {
  const named = [parts.tenant, playbookId, version];
  // In a transaction, so that it is asked at once whether they may still order anything.
  const { rows } = await parts.database.transaction((tx) => tx.query<Row>(select, named));
  const [row] = rows;
  if (row === undefined) {
    const detail = 'no cases were published with this version; publish it with the file beside it';
    return { ok: false, code: 'request/not-found', detail };
  }
  const plan = presentPlan(row.plan);
  if (plan === null) {
    const detail =
      'this version was compiled by another compiler than this server has; publish its source again, with its cases';
    return { ok: false, code: 'request/conflict', detail };
  }
  const { digest, playbook: source } = row;
  const text = { source: row.source, file: `${playbookId}.cases.yaml`, files: row.files };
  const playbook = { plan, digest, source, file: `${playbookId}.yaml` };
  const answer = await playCases(parts, registry, playbook, text);
  if (!answer.ok) return answer;
  const playing = {
    actor,
    requestId,
    playbook: { id: playbookId, version: row.semver, digest },
    version,
    with: now,
    played: answer.played,
  };
  await parts.database.transaction((tx) => keepResult(tx, parts, row, playing));
  parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  return { ok: true };
}
