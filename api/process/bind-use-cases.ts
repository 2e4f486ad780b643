import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import type { ActionManifests } from '../../engine/core/compile/context.ts';
import type { Actor } from '../../engine/core/contracts/entry.ts';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { answerTask } from '../../engine/runtime/answer-task.ts';
import { breakGlass } from '../../engine/runtime/break-glass.ts';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { changeIncident } from '../../engine/runtime/change-incident.ts';
import { dropProposal } from '../../engine/runtime/drop-proposal.ts';
import { editApproval } from '../../engine/runtime/edit-approval.ts';
import { extendApproval } from '../../engine/runtime/extend-approval.ts';
import { leaveAsIs } from '../../engine/runtime/leave-as-is.ts';
import type { Engine } from '../../engine/runtime/open-engine.ts';
import { confirmAuditOrder, proposeAuditOrder } from '../../engine/runtime/order-audit.ts';
import { changeLinkKey } from '../../engine/runtime/outward/change-link-key.ts';
import { changeStream } from '../../engine/runtime/outward/change-stream.ts';
import type { StreamParts } from '../../engine/runtime/outward/stream-parts.ts';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { receiveWebhook } from '../../engine/runtime/receive-webhook.ts';
import { renewLease } from '../../engine/runtime/renew-lease.ts';
import { restartStep } from '../../engine/runtime/restart-step.ts';
import { reviewBreakGlass } from '../../engine/runtime/review-break-glass.ts';
import { liftPause, setPause } from '../../engine/runtime/set-pause.ts';
import { setPlaybookEnabled } from '../../engine/runtime/set-playbook-enabled.ts';
import { clearStop, setStop } from '../../engine/runtime/set-stop.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { settleHeld } from '../../engine/runtime/settle-held.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { readCallables } from '../../engine/runtime/store/queries/read-callables.ts';
import { undoIncident } from '../../engine/runtime/undo-incident.ts';
import { undoRecord } from '../../engine/runtime/undo-record.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import { withdrawApproval } from '../../engine/runtime/withdraw-approval.ts';
import type { Caller, StopInput, UseCases } from '../http/use-cases.ts';
import type { AuditVerifier } from './open-audit.ts';

/*
 * The doors' orders, joined to the engine. Who asks becomes the actor of every entry; nothing else
 * is decided here.
 */
export function bindUseCases(
  engine: Engine,
  manifests: ActionManifests,
  verify: AuditVerifier,
  streams: StreamParts,
  auditRetentionDays: number | null = null,
): UseCases {
  const { parts, advancer, admitter, matcher } = engine;
  const stopOf = (caller: Caller, input: StopInput) => ({
    ...input,
    actor: actorOf(caller),
    personId: caller.personId,
    requestId: caller.requestId,
  });
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
      const changed = await changeIncident(parts, { ...input, ...who });
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
      publishRouting(parts, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
    publishGuardrails: (caller, input) => publishGuardrails(parts, { ...input, ...byPerson(caller) }),
    confirmGuardrails: (caller, input) => confirmGuardrails(parts, { ...input, ...byPerson(caller) }),
    dropGuardrails: (caller, input) => dropProposal(parts, { ...input, ...byPerson(caller) }),
    publishPlaybook: (caller, input) =>
      publishPlaybook(parts, {
        source: input.source,
        file: input.file,
        expectedId: input.id,
        actor: actorOf(caller),
        requestId: caller.requestId,
        registry: manifests,
      }),
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
    setPlaybookEnabled: (caller, input) =>
      setPlaybookEnabled(parts, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
    startRun: (caller, input) =>
      startRunByHand(parts, admitter, {
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
    cancelRun: (caller, input) =>
      cancelRun(parts, advancer, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
    undoRun: (caller, input) =>
      undoRun(parts, {
        ...input,
        actor: actorOf(caller),
        personId: caller.personId,
        requestId: caller.requestId,
      }),
    undoIncident: (caller, input) =>
      undoIncident(parts, {
        ...input,
        actor: actorOf(caller),
        personId: caller.personId,
        requestId: caller.requestId,
      }),
    undoRecord: (caller, input) => undoRecord(parts, { ...input, ...byPerson(caller) }),
    leaveAsIs: (caller, input) =>
      leaveAsIs(parts, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
    renewLease: (caller, input) =>
      renewLease(parts, { ...input, actor: actorOf(caller), requestId: caller.requestId }),
    restartStep: (caller, input) =>
      restartStep(parts, admitter, {
        ...input,
        actor: actorOf(caller),
        personId: caller.personId,
        requestId: caller.requestId,
      }),
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
    breakGlass: (caller, input) =>
      breakGlass(parts, advancer, { ...input, ...ofPerson(caller), signedInAtMs: signedInAtMs(caller) }),
    reviewBreakGlass: (caller, input) => reviewBreakGlass(parts, { ...input, ...ofPerson(caller) }),
    withdrawApproval: (caller, input) => withdrawApproval(parts, advancer, { ...input, ...ofPerson(caller) }),
    extendApproval: (caller, input) => extendApproval(parts, advancer, { ...input, ...ofPerson(caller) }),
    answerTask: (caller, input) =>
      answerTask(parts, advancer, { ...input, ...ofPerson(caller), signedInAtMs: signedInAtMs(caller) }),
    viewedApproval: (caller, { approvalId, version }) =>
      parts.told.note(
        { type: 'approval.viewed', actor: actorOf(caller), approvalId, requestId: caller.requestId },
        version,
      ),
    setPause: (caller, input) => setPause(parts, { ...input, ...byPerson(caller) }),
    liftPause: (caller, input) => liftPause(parts, { ...input, ...byPerson(caller) }),
    setStop: (caller, input) => setStop(parts, stopOf(caller, input)),
    clearStop: (caller, input) =>
      clearStop(parts, { ...stopOf(caller, input), generation: input.generation }),
    changeStream: (caller, change) =>
      changeStream(streams, change, { actor: actorOf(caller), requestId: caller.requestId }),
    changeLinkKey: (caller, input) =>
      changeLinkKey(parts, input, { actor: actorOf(caller), requestId: caller.requestId }),
    verifyAudit: (caller, log) => verify(actorOf(caller), caller.requestId, log),
    proposeAuditOrder: (caller, { wish, reason }) =>
      proposeAuditOrder(parts, {
        wish: wish.kind === 'truncation' ? { ...wish, retentionDays: auditRetentionDays } : wish,
        reason,
        ...byFreshPerson(caller),
      }),
    confirmAuditOrder: (caller, input) => confirmAuditOrder(parts, { ...input, ...byFreshPerson(caller) }),
  };
}

function signedInAtMs({ signedInAt }: Caller): number | null {
  return signedInAt === undefined ? null : Date.parse(signedInAt);
}

/** Whoever answers is judged by the roles they have at that moment, and no more than those they came with. */
function ofPerson(caller: Caller) {
  const { roles: within, tokenId } = caller;
  return { ...byPerson(caller), within, ...(tokenId !== undefined && { tokenId }) };
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
