import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonObject } from '../../../schemas/json.ts';
import type { RenderedAction } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';

/*
 * What an approver signs: the complete, resolved instruction. Nothing is filled in afterwards.
 * Form and digest: audit facts 2.2, with `reversible`, `lease_seconds` and, for some inverses, `found` added. Field names are
 * part of stored digests and never change.
 */

export interface WayBackPromise {
  reversible: boolean;
  leaseSeconds: number | null;
}

export interface ActionPlanFields extends WayBackPromise {
  runId: string;
  stepPath: string;
  playbook: { id: string; version: number; sha256: string };
  rendered: RenderedAction;
  /** The state of the target that people see and say yes to; null where none was looked at before asking. */
  found: JsonObject | null;
  expiresAtMs: number;
  nonce: string;
}

export function actionPlan(fields: ActionPlanFields): JsonObject {
  const { rendered } = fields;
  return {
    v: 1,
    run_id: fields.runId,
    step_id: fields.stepPath,
    attempt_group: rendered.generation + 1,
    playbook: fields.playbook,
    connector: { id: rendered.system, instance: rendered.connection, version: rendered.actionVersion },
    action: rendered.action,
    params: rendered.arguments,
    targets: rendered.target === null ? [] : [{ type: rendered.target.kind, id: rendered.target.id }],
    reversible: fields.reversible,
    lease_seconds: fields.leaseSeconds,
    ...(fields.found !== null && { found: fields.found }),
    expires_at: new Date(fields.expiresAtMs).toISOString(),
    nonce: fields.nonce,
  };
}

/** `sha256:` + hex of SHA-256 over the domain line and the RFC 8785 form. */
export function actionPlanDigest(plan: JsonObject): string {
  return `sha256:${createHash('sha256').update('soar-action-plan/v1\n').update(canonicalBytes(plan)).digest('hex')}`;
}

export function canonicalBytes(value: JsonObject): Buffer {
  const text = canonicalize(value);
  invariant(text !== undefined, 'a plan is always serialisable');
  return Buffer.from(text, 'utf8');
}

/** Digest of what a covered step will do, without expiry and nonce, which belong to the gate. */
export function recordDigest(
  runId: string,
  stepPath: string,
  rendered: RenderedAction,
  promise: WayBackPromise,
): string {
  const record = actionRecord(runId, stepPath, rendered, promise);
  return `sha256:${createHash('sha256').update('soar-action-record/v1\n').update(canonicalBytes(record)).digest('hex')}`;
}

export function actionRecord(
  runId: string,
  stepPath: string,
  rendered: RenderedAction,
  promise: WayBackPromise,
): JsonObject {
  return {
    run_id: runId,
    step_id: stepPath,
    connector: { id: rendered.system, instance: rendered.connection, version: rendered.actionVersion },
    action: rendered.action,
    params: rendered.arguments,
    targets: rendered.target === null ? [] : [{ type: rendered.target.kind, id: rendered.target.id }],
    reversible: promise.reversible,
    lease_seconds: promise.leaseSeconds,
  };
}
