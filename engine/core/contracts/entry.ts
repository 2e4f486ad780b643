import type { EntryId, RunId, TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';

/*
 * One line of the audit log. Serialised with RFC 8785; those exact bytes are the leaf of the
 * Merkle tree and are never rebuilt. Only integers, strings, booleans, null, lists and maps;
 * no floats (send ratios and factors as strings); at most 16 KiB encoded.
 */

export type ActorKind = 'person' | 'service' | 'playbook' | 'system' | 'source';

export interface Actor {
  kind: ActorKind;
  /** Immutable id: `per_…`, `tok_…`, `<issuer>#<subject>`, a playbook id, a source name, or a part of the engine. */
  id: string;
  /** The door it came through. */
  channel: 'api' | 'cli' | 'console' | 'engine' | 'worker' | 'intake';
}

/** The closed list. A new fact gets a new word here first; renaming one breaks stored logs. */
export const entryTypes = [
  'alert.accepted',
  'alert.duplicate',
  'alert.updated',
  'alert.refused',
  'incident.created',
  'incident.updated',
  'incident.undo-requested',
  'webhook.accepted',
  'webhook.duplicate',
  'webhook.refused',
  'trigger.fired',
  'run.started',
  'run.queued',
  'run.attached',
  'run.finished',
  'run.cancel-requested',
  'run.restarted',
  'run.skipped',
  'run.undoing',
  'run.undo-requested',
  'run.undo-finished',
  'run.event-ignored',
  'step.skipped',
  'step.succeeded',
  'step.failed',
  'step.denied',
  'step.cancelled',
  'action.rendered',
  'action.attempted',
  'action.taken-back',
  'action.accepted',
  'action.succeeded',
  'action.failed',
  'action.unknown',
  'action.reconciled',
  'action.simulated',
  'action.held',
  'action.released',
  'action.lease-lost',
  'loop.started',
  'loop.finished',
  'wait.started',
  'wait.ended',
  'child.started',
  'child.finished',
  'hold.added',
  'hold.released',
  'undo.recorded',
  'undo.planned',
  'undo.settled',
  'undo.target-changed',
  'undo.left-as-is',
  'lease.started',
  'lease.expiring',
  'lease.stuck',
  'lease.ended',
  'lease.kept',
  'lease.renewed',
  'limit.exceeded',
  'guard.allowed',
  'guard.denied',
  'guard.asked',
  'approval.requested',
  'approval.joined',
  'approval.viewed',
  'approval.voted',
  'approval.withdrawn',
  'approval.break-glass',
  'approval.break-glass-reviewed',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
  'approval.superseded',
  'approval.escalated',
  'approval.reminded',
  'approval.told',
  'approval.not-told',
  'approval.edit-requested',
  'approval.extended',
  'approval.resumed',
  'approval.voided',
  'approval.edited',
  'approval.refused',
  'approval.ignored',
  'approval.not-asked',
  'task.opened',
  'task.asked',
  'task.unsettled',
  'task.answered',
  'task.settled',
  'task.refused',
  'task.ignored',
  'task.late-outcome',
  'playbook.published',
  'playbook.rejected',
  'playbook.disabled',
  'playbook.enabled',
  'playbook.backtested',
  'playbook.cases-published',
  'playbook.cases-played',
  'routing.published',
  'routing.refused',
  'guardrails.proposed',
  'guardrails.published',
  'guardrails.withdrawn',
  'guardrails.rejected',
  'guardrails.lapsed',
  'guardrails.refused',
  'stop.set',
  'stop.clear-requested',
  'stop.clear-lapsed',
  'stop.cleared',
  'stop.refused',
  'pause.set',
  'pause.lift-requested',
  'pause.lift-lapsed',
  'pause.lifted',
  'pause.refused',
  'stream.created',
  'stream.removed',
  'stream.paused',
  'stream.resumed',
  'stream.tested',
  'stream.refused',
  'stream.failing',
  'connection.test-requested',
  'connection.test-refused',
  'connection.tested',
  'link.key-changed',
  'auth.signed-in',
  'auth.signed-out',
  'auth.admitted',
  'auth.failed',
  'auth.refused',
  'auth.not-found',
  'token.created',
  'token.revoked',
  'passkey.created',
  'passkey.removed',
  'person.created',
  'person.changed',
  'person.linked',
  'person.unlinked',
  'account.acknowledged',
  'account.disputed',
  'audit.read',
  'audit.verified',
  'audit.truncated',
  'log.started',
  'log.heartbeat',
  'log.contradicted',
  'log.order-proposed',
  'log.order-signed',
  'log.order-confirmed',
  'log.order-refused',
  'log.key-changed',
  'log.place-given-up',
  'retention.set',
  'retention.removed',
  'system.started',
  'system.stopped',
] as const;

/** People were asked: by themselves, or together with others that the same budget holds. */
export function asksPeople(type: string): boolean {
  return type === 'approval.requested' || type === 'approval.joined';
}

export type EntryType = (typeof entryTypes)[number];

/**
 * What the caller says; `id`, `time` and `tenant` are added by the transaction that writes it.
 * Every field is admitted by name in `core/audit/entry.ts`; `data` holds small, type-specific facts.
 */
export interface EntryDraft {
  /** Only when a row of the same transaction has to name the entry; otherwise minted on writing. */
  id?: EntryId;
  type: EntryType;
  actor: Actor;
  /** On whose behalf, e.g. the person who started the run by hand. */
  onBehalfOf?: string;
  runId?: RunId;
  /** Step path. */
  step?: string;
  attempt?: number;
  playbook?: { id: string; version: string; digest: string };
  /** Action key with version, e.g. `edr.isolate-host@1.0.0`. */
  action?: string;
  actionKey?: string;
  connection?: string;
  targets?: { kind: string; id: string; name?: string }[];
  approvalId?: string;
  /** Of what was asked about, `sha256:…`: the rendered action, the list that it is an item of, or the gate that covers it. */
  planDigest?: string;
  alertId?: string;
  incidentId?: string;
  outcome?: 'success' | 'failure' | 'denied' | 'unknown';
  code?: string;
  reason?: string;
  requestId?: string;
  /** Set on everything that `audit` mode or a dry run only pretended to do. */
  simulated?: true;
  data?: JsonObject;
}

export interface Entry extends EntryDraft {
  v: 1;
  id: EntryId;
  /** RFC 3339 UTC with three fraction digits, from the database's clock. */
  time: string;
  tenant: TenantId;
}
