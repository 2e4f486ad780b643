import type { CaseRequirement } from '../../engine/core/cases/case-requirement.ts';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import type { ActionManifests } from '../../engine/core/compile/context.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { answerTask } from '../../engine/runtime/answer-task.ts';
import { backtestPlaybook } from '../../engine/runtime/backtest-playbook.ts';
import { breakGlass } from '../../engine/runtime/break-glass.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { changeIncident } from '../../engine/runtime/change-incident.ts';
import { askTest } from '../../engine/runtime/connections/ask-test.ts';
import { dropProposal } from '../../engine/runtime/drop-proposal.ts';
import { editApproval } from '../../engine/runtime/edit-approval.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { explainAlert } from '../../engine/runtime/explain-alert.ts';
import { extendApproval } from '../../engine/runtime/extend-approval.ts';
import { asThem } from '../../engine/runtime/identity/as-them.ts';
import { leaveAsIs } from '../../engine/runtime/leave-as-is.ts';
import { OneAtATime } from '../../engine/runtime/one-at-a-time.ts';
import type { Engine } from '../../engine/runtime/open-engine.ts';
import { confirmAuditOrder, type OrderSetting, proposeAuditOrder } from '../../engine/runtime/order-audit.ts';
import { changeLinkKey } from '../../engine/runtime/outward/change-link-key.ts';
import { changeStream } from '../../engine/runtime/outward/change-stream.ts';
import type { StreamParts } from '../../engine/runtime/outward/stream-parts.ts';
import { planOnAlert } from '../../engine/runtime/plan-on-alert.ts';
import { playsWith } from '../../engine/runtime/plays-with.ts';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { receiveWebhook } from '../../engine/runtime/receive-webhook.ts';
import { renewLease } from '../../engine/runtime/renew-lease.ts';
import { replayCases } from '../../engine/runtime/replay-cases.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { reviewBreakGlass } from '../../engine/runtime/review-break-glass.ts';
import { liftPause, setPause } from '../../engine/runtime/set-pause.ts';
import { setPlaybookEnabled } from '../../engine/runtime/set-playbook-enabled.ts';
import { clearStop, setStop } from '../../engine/runtime/set-stop.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { settleHeld } from '../../engine/runtime/settle-held.ts';
import { signAuditOrder } from '../../engine/runtime/sign-audit-order.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { readCallables } from '../../engine/runtime/store/queries/read-callables.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { undoIncident } from '../../engine/runtime/undo-incident.ts';
import { undoRecord } from '../../engine/runtime/undo-record.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { withdrawApproval } from '../../engine/runtime/withdraw-approval.ts';
import { letInOf } from '../http/let-in-of.ts';
import type { Caller, StopInput, UseCases } from '../http/use-cases.ts';
import type { AuditVerifier } from './open-audit.ts';
import { ownVersion } from './own-version.ts';

/*
 * The doors' orders, joined to the engine. Who asks becomes the actor of every entry; nothing else
 * is decided here.
 */
export function bindUseCases(
  engine: Engine,
  manifests: ActionManifests,
  verify: AuditVerifier,
  streams: StreamParts,
  /** What orders about the log rest on besides. */
  orders: OrderSetting & { retentionDays?: number | null } = {},
  /** For long looks at what is stored, so that they take no connection from runs. */
  aside: Sql = engine.parts.database,
  requires: CaseRequirement | null = null,
): UseCases {
  const { parts, advancer, admitter, matcher } = engine;
  const stopOf = (caller: Caller, input: StopInput) => ({ ...input, ...byPerson(caller) });
  /** An order counts as long as whoever gives it is let in: its transactions ask that again. */
  const order = <Answer>(caller: Caller, run: (theirs: EngineParts) => Promise<Answer>) => {
    const who = { actor: actorOf(caller), requestId: caller.requestId, letIn: letInOf(caller) };
    return asThem(parts, who, (database) => run({ ...parts, database }));
  };
  const backtests = new OneAtATime(triesAtOnce.backtests);
  const plans = new OneAtATime(triesAtOnce.plans);
  const plays = new OneAtATime(triesAtOnce.plays);
  const installed = playsWith(ownVersion(), manifests);
  return {
    async acceptAlert(caller, input) {
      const accepted = await acceptAlert(parts, {
        ...input,
        actor: actorOf(caller),
        requestId: caller.requestId,
      });
      if (accepted.ok && accepted.waits) matcher.nudge();
      return accepted;
    },
    async changeIncident(caller, input) {
      const who = { actor: actorOf(caller), requestId: caller.requestId };
      const changed = await order(caller, (theirs) => changeIncident(theirs, { ...input, ...who }));
      if (changed.ok) matcher.nudge();
      return changed;
    },
    async receiveWebhook(caller, input) {
      const who = { actor: actorOf(caller), requestId: caller.requestId };
      const received = await receiveWebhook(parts, { ...input, ...who });
      if (received.ok) matcher.nudge();
      return received;
    },
    publishRouting: (caller, input) =>
      order(caller, (theirs) =>
        publishRouting(theirs, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
      ),
    publishGuardrails: (caller, input) =>
      order(caller, (theirs) => publishGuardrails(theirs, { ...input, ...byPerson(caller) })),
    confirmGuardrails: (caller, input) =>
      order(caller, (theirs) => confirmGuardrails(theirs, { ...input, ...byPerson(caller) })),
    dropGuardrails: (caller, input) =>
      order(caller, (theirs) => dropProposal(theirs, { ...input, ...byPerson(caller) })),
    async publishPlaybook(caller, { id: expectedId, source, file, cases: text }) {
      const by = { actor: actorOf(caller), requestId: caller.requestId };
      const cases = text === undefined ? {} : { cases: { text, with: installed } };
      const publish = () =>
        order(caller, (theirs) =>
          publishPlaybook(theirs, {
            source,
            file,
            expectedId,
            ...by,
            ...cases,
            requires,
            registry: manifests,
          }),
        );
      if (text === undefined) return publish();
      const answer = await inTurn(plays, caller, publish);
      return answer.ok ? answer : { diagnostics: [], ...answer };
    },
    playCases: (caller, { playbookId, version }) =>
      inTurn(plays, caller, () =>
        order(caller, (theirs) =>
          replayCases(theirs, manifests, installed, {
            ...{ playbookId, version },
            ...{ actor: actorOf(caller), requestId: caller.requestId },
          }),
        ),
      ),
    async checkPlaybook(source, file) {
      const compiled = compilePlaybook(source, {
        file,
        registry: manifests,
        connections: new Map(Object.entries(parts.connections)),
        playbooks: await readCallables(parts.database, parts.tenant, source),
      });
      return {
        ok: compiled.ok,
        diagnostics: compiled.diagnostics,
        ...(compiled.ok ? { digest: compiled.digest } : {}),
      };
    },
    planPlaybook: (caller, input) => inTurn(plans, caller, () => planOnAlert(parts, aside, manifests, input)),
    explainAlert: (_caller, alertId) => explainAlert(parts, aside, alertId),
    backtestPlaybook: (caller, input) =>
      inTurn(backtests, caller, () => backtestPlaybook({ parts, sql: aside, registry: manifests }, input)),
    setPlaybookEnabled: (caller, input) =>
      order(caller, (theirs) =>
        setPlaybookEnabled(theirs, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
      ),
    startRun: (caller, input) =>
      order(caller, (theirs) =>
        startRunByHand(theirs, admitter, {
          playbookId: input.playbookId,
          target: input.target ?? null,
          inputs: input.inputs ?? {},
          mode: input.mode ?? null,
          ...(input.once !== undefined && { once: input.once }),
          actor: actorOf(caller),
          roles: caller.roles,
          groups: caller.groups,
          personId: caller.personId,
        }),
      ),
    cancelRun: (caller, input) => {
      const who = { actor: actorOf(caller), requestId: caller.requestId, letIn: letInOf(caller) };
      return cancelRun(parts, advancer, { ...input, ...who });
    },
    undoRun: (caller, input) => order(caller, (theirs) => undoRun(theirs, { ...input, ...byPerson(caller) })),
    undoIncident: (caller, input) =>
      order(caller, (theirs) => undoIncident(theirs, { ...input, ...byPerson(caller) })),
    undoRecord: (caller, input) =>
      order(caller, (theirs) => undoRecord(theirs, { ...input, ...byPerson(caller) })),
    leaveAsIs: (caller, input) =>
      order(caller, (theirs) =>
        leaveAsIs(theirs, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
      ),
    renewLease: (caller, input) =>
      order(caller, (theirs) =>
        renewLease(theirs, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
      ),
    restartStep: (caller, input) =>
      order(caller, (theirs) => restartStep(theirs, admitter, { ...input, ...byPerson(caller) })),
    decideApproval: (caller, input, proof) =>
      settleApproval(parts, advancer, {
        ...input,
        ...ofPerson(caller),
        signedInAtMs: signedInAtMs(caller),
        proof: proof ?? null,
      }),
    decideHeld: (caller, input) =>
      settleHeld(parts, advancer, { ...input, ...ofPerson(caller), signedInAtMs: signedInAtMs(caller) }),
    editApproval: (caller, input) => editApproval(parts, advancer, { ...input, ...ofPerson(caller) }),
    breakGlass: (caller, input, proof) =>
      breakGlass(parts, advancer, {
        ...input,
        ...ofPerson(caller),
        signedInAtMs: signedInAtMs(caller),
        proof: proof ?? null,
      }),
    reviewBreakGlass: (caller, input) =>
      order(caller, (theirs) => reviewBreakGlass(theirs, { ...input, ...ofPerson(caller) })),
    withdrawApproval: (caller, input) => withdrawApproval(parts, advancer, { ...input, ...ofPerson(caller) }),
    extendApproval: (caller, input) => extendApproval(parts, advancer, { ...input, ...ofPerson(caller) }),
    answerTask: (caller, input) =>
      answerTask(parts, advancer, { ...input, ...ofPerson(caller), signedInAtMs: signedInAtMs(caller) }),
    viewedApproval: (caller, { approvalId, version }) =>
      parts.told.note(
        { type: 'approval.viewed', actor: actorOf(caller), approvalId, requestId: caller.requestId },
        version,
      ),
    setPause: (caller, input) =>
      order(caller, (theirs) => setPause(theirs, { ...input, ...byPerson(caller) })),
    liftPause: (caller, input) =>
      order(caller, (theirs) => liftPause(theirs, { ...input, ...byPerson(caller) })),
    setStop: (caller, input) => order(caller, (theirs) => setStop(theirs, stopOf(caller, input))),
    clearStop: (caller, input) =>
      order(caller, (theirs) =>
        clearStop(theirs, { ...stopOf(caller, input), generation: input.generation }),
      ),
    changeStream: (caller, change) =>
      order(caller, ({ database }) =>
        changeStream({ ...streams, database }, change, {
          actor: actorOf(caller),
          requestId: caller.requestId,
        }),
      ),
    testConnection: (caller, input) =>
      order(caller, (theirs) =>
        askTest(theirs, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
      ),
    changeLinkKey: (caller, input) =>
      order(caller, (theirs) =>
        changeLinkKey(theirs, input, { actor: actorOf(caller), requestId: caller.requestId }),
      ),
    verifyAudit: (caller, log) => verify(actorOf(caller), caller.requestId, log),
    proposeAuditOrder: (caller, { wish, reason }) =>
      order(caller, (theirs) =>
        proposeAuditOrder(
          theirs,
          {
            wish:
              wish.kind === 'truncation' ? { ...wish, retentionDays: orders.retentionDays ?? null } : wish,
            reason,
            ...byFreshPerson(caller),
          },
          orders,
        ),
      ),
    signAuditOrder: (caller, input, proof) =>
      order(caller, (theirs) =>
        signAuditOrder(theirs, { ...input, proof, ...byFreshPerson(caller) }, orders),
      ),
    confirmAuditOrder: (caller, input, proof = null) =>
      order(caller, (theirs) =>
        confirmAuditOrder(theirs, { ...input, proof, ...byFreshPerson(caller) }, orders),
      ),
  };
}

/** Each is a process: up to twenty seconds of a processor, and memory. */
const triesAtOnce = { backtests: 2, plans: 4, plays: 2 };

async function inTurn<Answer>(turns: OneAtATime, caller: Caller, work: () => Promise<Answer>) {
  const turn = await turns.run(caller.personId ?? caller.id, work);
  if (turn.is === 'done') return turn.result;
  return turn.is === 'theirs'
    ? ({
        ok: false,
        code: 'request/in-progress',
        detail: 'What you asked for before has not ended yet.',
      } as const)
    : ({
        ok: false,
        code: 'request/unavailable',
        detail: 'Others are trying playbooks; ask again in half a minute.',
      } as const);
}

function signedInAtMs({ signedInAt }: Caller): number | null {
  return signedInAt === undefined ? null : Date.parse(signedInAt);
}

/** Whoever answers is judged by the roles they have at that moment, and no more than those they came with. */
function ofPerson(caller: Caller) {
  return { ...byPerson(caller), within: caller.roles, letIn: letInOf(caller) };
}

function byPerson(caller: Caller) {
  return { actor: actorOf(caller), personId: caller.personId, requestId: caller.requestId };
}

function byFreshPerson(caller: Caller) {
  return { ...byPerson(caller), signedInAtMs: signedInAtMs(caller) };
}

function actorOf(caller: Caller): Actor {
  if (caller.personId !== null) return { kind: 'person', id: caller.personId, channel: caller.channel };
  return { kind: caller.signed === true ? 'source' : 'service', id: caller.id, channel: caller.channel };
}
