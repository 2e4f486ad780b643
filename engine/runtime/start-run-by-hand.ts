import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { PlanTrigger } from '../core/contracts/plan.ts';
import { fillInputs } from '../core/match/fill-inputs.ts';
import { crowdKeys, runKey } from '../core/match/match-alert.ts';
import type { Admitter } from './admit-runs.ts';
import { createRun } from './create-run.ts';
import type { EngineParts } from './engine-parts.ts';
import { currentPlaybooks } from './store/queries/current-playbooks.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { peopleBehind } from './store/queries/people-behind.ts';

export interface StartByHandInput {
  playbookId: string;
  target: { kind: string; id: string; name?: string } | null;
  inputs: JsonObject;
  actor: Actor;
  roles: readonly string[];
  groups: readonly string[];
  personId: string | null;
}

type Answer = { ok: true; runId: RunId; state: string } | { ok: false; code: Code; detail: string };

/** A person starts a playbook that has a manual trigger. Never suppressed by `dedupe`. */
export async function startRunByHand(
  parts: EngineParts,
  admitter: Admitter,
  input: StartByHandInput,
): Promise<Answer> {
  const playbooks = await currentPlaybooks(parts.database, parts.tenant);
  const playbook = playbooks.find((each) => each.playbookId === input.playbookId);
  if (playbook === undefined) return refuse('request/not-found', `no enabled playbook "${input.playbookId}"`);
  const loaded = await parts.loadPlan(playbook.digest);
  const trigger = loaded.plan.triggers.find((each) => each.type === 'manual' && each.enabled);
  if (trigger === undefined) return refuse('request/conflict', `"${input.playbookId}" has no manual trigger`);
  if (!mayStart(trigger, input))
    return refuse('auth/forbidden', `only ${trigger.allow.join(', ')} may start it by hand`);
  const fits = input.target === null || trigger.targets.some((kind) => kind === input.target?.kind);
  if (!fits)
    return refuse('request/invalid', `it takes a target of the kind ${trigger.targets.join(' or ')}`);

  const nowMs = await databaseNowMs(parts.database);
  const element: JsonObject | null =
    input.target === null
      ? null
      : { kind: input.target.kind, id: input.target.id, name: input.target.name ?? input.target.id };
  const filled = fillInputs(
    loaded.plan,
    trigger.id,
    { names: { target: element, [trigger.as]: element }, nowMs },
    input.inputs,
  );
  if (!filled.ok) return refuse('request/invalid', filled.message);
  const keys = crowdKeys(loaded.plan, { names: { inputs: filled.inputs }, nowMs });
  if (!keys.ok) return refuse('request/invalid', keys.message);

  const runId = parts.mint('RunId');
  const { concurrency } = loaded.plan;
  const group = keys.group === null ? null : `${playbook.playbookId}/${keys.group}`;
  const excluded = await peopleBehind(parts.database, parts.tenant, [
    playbook.publishedBy,
    input.personId,
    input.actor.id,
  ]);
  await parts.database.transaction((tx) =>
    createRun(tx, parts.tenant, loaded, {
      runId,
      playbookId: playbook.playbookId,
      playbookVersion: playbook.version,
      digest: playbook.digest,
      sourceSha256: playbook.sourceSha256,
      runKey: runKey(playbook.playbookId, trigger.id, runId),
      triggerId: trigger.id,
      alertId: null,
      incidentId: null,
      alert: null,
      inputs: filled.inputs,
      mode: loaded.plan.mode,
      // A person waits for it: as urgent as a high alert.
      priority: 2,
      startedBy: input.actor.id,
      excluded,
      dedupeKey: keys.dedupe,
      concurrency: group === null || concurrency === null ? null : { group, limit: concurrency.limit },
      url: `${parts.publicUrl}/runs/${runId}`,
      nowMs,
    }),
  );
  await admitter.admit([{ runId, group, limit: concurrency?.limit ?? null }]);
  const { rows } = await parts.database.query<{ state: string }>(
    'select state from runs where tenant_id = $1 and id = $2',
    [parts.tenant, runId],
  );
  return { ok: true, runId, state: rows[0]?.state ?? 'queued' };
}

/** Without `allow`, everybody whom the door let through with the right to start runs. */
function mayStart(trigger: PlanTrigger, input: StartByHandInput): boolean {
  if (trigger.allow.length === 0) return true;
  return trigger.allow.some((spec) => {
    const name = spec.slice(spec.indexOf(':') + 1);
    if (spec.startsWith('role:')) return input.roles.includes(name);
    if (spec.startsWith('group:')) return input.groups.includes(name);
    return spec.startsWith('user:') && name === input.personId;
  });
}

function refuse(code: Code, detail: string): { ok: false; code: Code; detail: string } {
  return { ok: false, code, detail };
}
