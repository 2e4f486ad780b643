import type { Code } from '../../schemas/codes.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { Mode, Plan, PlanTrigger } from '../core/contracts/plan.ts';
import { isNamed } from '../core/identity/may-decide.ts';
import { fillInputs } from '../core/match/fill-inputs.ts';
import type { Matched } from '../core/match/match-event.ts';
import { isPast, lowerMode, type PlaybookRoute, routeOf } from '../core/match/routing.ts';
import { crowdKeys, runKey } from '../core/match/run-keys.ts';
import type { Admitter } from './admit-runs.ts';
import type { EngineParts } from './engine-parts.ts';
import { ceilingNow } from './guardrails-in-force.ts';
import { routingInForce } from './routing-in-force.ts';
import { startRun } from './start-run.ts';
import { currentPlaybook } from './store/queries/current-playbook.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

export interface StartByHandInput {
  playbookId: string;
  target: { kind: string; id: string; name?: string } | null;
  inputs: JsonObject;
  /** A more careful mode than the playbook's own; null for the own one. */
  mode: Mode | null;
  actor: Actor;
  roles: readonly string[];
  groups: readonly string[];
  personId: string | null;
  /** A name of this start among all of its tenant; absent: it is another one each time. */
  once?: string;
}

type Answer = { ok: true; runId: RunId; state: string } | { ok: false; code: Code; detail: string };

/**
 * A person starts a playbook that has a manual trigger. Never suppressed by `dedupe`, and the routing
 * file does not keep a person from it: that says what events may start. Its mode counts all the same.
 * Started again under one name it is the run that was started, whatever has changed since: who never heard the
 * first answer wants to know that it runs.
 */
export async function startRunByHand(
  parts: EngineParts,
  admitter: Admitter,
  input: StartByHandInput,
): Promise<Answer> {
  const key = runKey(input.playbookId, 'by hand', input.once ?? parts.mint('RunId'));
  const earlier = input.once === undefined ? null : await startedUnder(parts, key);
  if (earlier !== null) return earlier;
  const playbook = await currentPlaybook(parts.database, parts.tenant, input.playbookId);
  if (playbook === null) return refuse('request/not-found', `no enabled playbook "${input.playbookId}"`);
  const loaded = await parts.loadPlan(playbook.digest);
  const nowMs = await databaseNowMs(parts.database);
  const { rows } = await parts.database.query<{ email: string | null }>(
    'select email from people where tenant_id = $1 and id = $2',
    [parts.tenant, input.personId],
  );
  const chosen = chooseTrigger(loaded.plan, input, nowMs, rows[0]?.email ?? null);
  if (!chosen.ok) return chosen;
  const route = routeOf(await routingInForce(parts.database, parts), input.playbookId);
  const matched = fill(loaded.plan, chosen.trigger, input, route, nowMs, key);
  if (!matched.ok) return matched;
  const started = await parts.database.transaction(async (tx) =>
    startRun(tx, parts, nowMs, {
      playbook,
      loaded,
      matched: matched.matched,
      ceiling: await ceilingNow(tx, parts),
      alert: null,
      alertId: null,
      incidentId: null,
      signalId: null,
      chain: 0,
      // A person waits for it: as urgent as a high alert.
      priority: 2,
      startedBy: input.actor.id,
      askedBy: [input.personId, input.actor.id],
      byHand: true,
    }),
  );
  // Two repeats at once may both have found nothing.
  if (started.outcome !== 'started' && started.outcome !== 'redelivered')
    return refuse('request/conflict', started.detail);
  if (started.outcome === 'started') await admitter.admit([started]);
  return (await startedUnder(parts, key)) ?? refuse('request/conflict', 'its run is not there');
}

async function startedUnder({ database, tenant }: EngineParts, key: string): Promise<Answer | null> {
  const { rows } = await database.query<{ runId: RunId; state: string }>(
    'select id as "runId", state from runs where tenant_id = $1 and run_key = $2',
    [tenant, key],
  );
  return rows[0] === undefined ? null : { ok: true, ...rows[0] };
}

/** The first manual trigger that is offered for this target and lets this person start it. */
function chooseTrigger(
  plan: Plan,
  input: StartByHandInput,
  nowMs: number,
  email: string | null,
): { ok: true; trigger: PlanTrigger } | Refused {
  const manual = plan.triggers.filter((each) => each.type === 'manual' && each.enabled);
  if (manual.length === 0)
    return refuse('request/conflict', `"${input.playbookId}" has no manual trigger that is switched on`);
  const current = manual.filter((each) => !isPast(each.expires, nowMs));
  if (current.length === 0)
    return refuse('request/conflict', `its manual trigger ended on ${manual[0]?.expires}`);
  const fitting = current.filter((each) => fits(each, input.target));
  if (fitting.length === 0) {
    const kinds = [...new Set(current.flatMap((each) => each.targets))];
    const detail =
      kinds.length === 0 ? 'it takes no target' : `it takes a target of the kind ${kinds.join(' or ')}`;
    return refuse('request/invalid', detail);
  }
  const [allowed] = fitting.filter((each) => mayStart(each, input, email));
  if (allowed !== undefined) return { ok: true, trigger: allowed };
  const who = [...new Set(fitting.flatMap((each) => each.allow))].join(', ');
  return refuse('auth/forbidden', `only ${who} may start it by hand`);
}

/** Without a target any trigger fits: whether the inputs can do without is theirs to say. */
function fits(trigger: PlanTrigger, target: StartByHandInput['target']): boolean {
  return target === null || trigger.targets.some((kind) => kind === target.kind);
}

function fill(
  plan: Plan,
  trigger: PlanTrigger,
  input: StartByHandInput,
  route: PlaybookRoute | null,
  nowMs: number,
  key: string,
): { ok: true; matched: Matched } | Refused {
  const { target } = input;
  const element: JsonObject | null =
    target === null ? null : { kind: target.kind, id: target.id, name: target.name ?? target.id };
  const names = { target: element, [trigger.as]: element };
  const filled = fillInputs(plan, trigger.id, { names, nowMs }, input.inputs);
  if (!filled.ok) return refuse('request/invalid', filled.message);
  const keys = crowdKeys(plan, { names: { inputs: filled.inputs }, nowMs });
  if (!keys.ok) return refuse('request/invalid', keys.message);
  const matched = {
    triggerId: trigger.id,
    elementKey: target?.id ?? '',
    inputs: filled.inputs,
    mode: lowerMode(lowerMode(plan.mode, route?.mode ?? null), input.mode),
    runKey: key,
    dedupeKey: keys.dedupe,
    concurrencyGroup: keys.group,
  };
  return { ok: true, matched };
}

/** Without `allow`, everybody whom the door let through with the right to start runs. */
function mayStart(trigger: PlanTrigger, input: StartByHandInput, email: string | null): boolean {
  return trigger.allow.length === 0 || isNamed({ ...input, email }, trigger.allow);
}

interface Refused {
  ok: false;
  code: Code;
  detail: string;
}

function refuse(code: Code, detail: string): Refused {
  return { ok: false, code, detail };
}
