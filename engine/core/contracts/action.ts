import type { JsonObject } from '../../../schemas/json.ts';
import type { Imap } from './imap.ts';
import type { Ldap } from './ldap.ts';
import type { Http } from './ports.ts';

/*
 * What an action is to the engine: data it can read (the manifest) and up to three
 * functions that touch the world. An action knows its target system and nothing of runs,
 * queues or approvals.
 */

/** Ordered by what it can break. The order is the meaning: compare with `classRank`. */
export type ActionClass = 'read' | 'notify' | 'restore' | 'contain' | 'eradicate';

export const classRank: Record<ActionClass, number> = {
  read: 0,
  notify: 1,
  restore: 2,
  contain: 3,
  eradicate: 4,
};

/** Contain, eradicate, restore: what `ask` mode puts behind an approval and `audit` never does. */
export function changesTargets(actionClass: ActionClass): boolean {
  return classRank[actionClass] >= classRank.restore;
}

/** What a plan pins of an action: another major may take other arguments, or do something else with them. */
export function majorOf({ version }: { version: string }): string {
  return version.split('.')[0] ?? version;
}

export type TargetKind =
  | 'host'
  | 'user'
  | 'mail'
  | 'mailbox'
  /** One rule of one mailbox: two rules of a mailbox are two targets, so that undoing one leaves the other. */
  | 'rule'
  | 'file'
  | 'ip'
  | 'domain'
  | 'incident'
  | 'channel';

/**
 * `native`: the target takes a repeat without a second effect.
 * `check-then-act`: `perform` reads the state first and does nothing when it already holds.
 * `no`: a repeat is a second effect; only a person may repeat it after an unknown outcome.
 */
export type Idempotency = 'native' | 'check-then-act' | 'no';

export type Inverse =
  | {
      kind: 'action';
      action: string;
      arguments: { [argument: string]: string };
      /** Arguments of the inverse that take what the success found before it changed it, where it told. */
      outputs?: { [argument: string]: string };
    }
  | { kind: 'irreversible'; reason: string }
  | { kind: 'not-needed' };

/** What guards know of a target: `guard.target.<name>`. `object_id`: the same for every spelling of it. */
export type FactName =
  | 'name'
  | 'role'
  | 'criticality'
  | 'tags'
  | 'owner'
  | 'roles'
  | 'enabled'
  | 'object_id'
  | 'upn';

/** The published shape is `schemas/action-manifest.schema.json`. */
export interface ActionManifest {
  /** `<system>.<verb-noun>`; the system names the queue, the connection and the folder. */
  key: string;
  /** Semantic version; a playbook pins the major. */
  version: string;
  title: string;
  description: string;
  class: ActionClass;
  /** JSON Schema 2020-12 of `with`; `additionalProperties: false`. Field names are snake_case. */
  input: JsonObject;
  /** JSON Schema 2020-12 of the outputs, with at least one entry in `examples`. */
  output: JsonObject;
  /**
   * Which argument names the target, and of which kind; absent for actions without a target. `source`: the argument that
   * says whose incident it is, filled in where the target is the run's own (decision record 0034).
   */
  target?: { argument: string; kind: TargetKind; source?: string };
  /** Name of the state it brings about, for holds, e.g. `network-isolated`. */
  effect?: string;
  /** One sentence for the approval card; `{name}` is replaced by the target's name or id. */
  effectSentence: string;
  idempotent: Idempotency;
  inverse: Inverse;
  /** Secrets by name, resolved by the worker from the connection. */
  secrets: string[];
  /** Vendor permissions the connection needs. */
  permissions: string[];
  /** Failure codes that `perform`, `confirm` and `check` can return. */
  failureCodes: string[];
  /** Default bound of one attempt in milliseconds; at most 900,000. */
  timeoutMs: number;
  /** Which outputs tell facts about the target (guards and approval cards read them). */
  facts?: { [fact in FactName]?: string };
  /** Outputs that come from outside and must be treated as attacker text. */
  untrusted?: string[];
  /**
   * Outputs that tell this doing of it from another one that looks the same, e.g. the id of the order: when one
   * of them reads differently before it is taken back, somebody else has done it anew.
   */
  marks?: string[];
  /** It still works and should not be used in new playbooks; `use` is the key of what to use instead. */
  deprecated?: { reason: string; use?: string };
  /** Where a person looks when nobody knows whether it happened; there for every action that changes its target. */
  byHand?: string;
  docs: string[];
}

export type FailureKind = 'retryable' | 'terminal';

export interface Failure {
  /** From the action's `failureCodes`, or an engine code such as `action/outcome-unknown`. */
  code: string;
  kind: FailureKind;
  /** For people; never contains secrets. */
  message: string;
  /** The target's own wish, e.g. from `Retry-After`. */
  retryAfterMs?: number;
  /**
   * Of a `confirm`: what was accepted has ended like this and will not come any more. Without it the failure is one of
   * the looking, which says nothing about the order.
   */
  ended?: true;
  cause?: Failure;
}

export type ActionOutcome =
  | { kind: 'succeeded'; outputs: JsonObject; changed?: boolean }
  | { kind: 'accepted'; handle: JsonObject; pollAfterMs: number }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'unknown'; message: string };

/**
 * The target's present state, read after an unknown outcome, and before it is taken back.
 * `in-transition` means a request of this kind is under way: adopt it through `confirm`.
 */
export type CheckOutcome =
  | { kind: 'present'; outputs: JsonObject }
  /** `shows`: what the target shows instead, in a few plain values for people. */
  | { kind: 'absent'; shows?: JsonObject }
  | { kind: 'in-transition'; handle: JsonObject; pollAfterMs: number }
  | { kind: 'unknown'; message: string };

/** How a secret is kept: all that is told of where it comes from. Stored with the result of a test. */
export type SecretScheme = 'env' | 'file' | 'vault' | 'sops';

/** Where a system is reached and how it is asked; built from configuration by `api/process`. */
export interface Connection {
  id: string;
  system: string;
  /** Plain settings such as base URLs and the vendor tenant; never secrets. */
  settings: { [name: string]: string };
  /** How each of its secrets is kept, by name; absent: nobody says. */
  secrets?: { readonly [name: string]: SecretScheme };
  /** Resolves a secret by name at the last moment, in the worker only. @throws SecretFailure */
  secret(name: string): Promise<string>;
}

export interface ActionContext {
  connection: Connection;
  http: Http;
  ldap: Ldap;
  imap: Imap;
  /** Aborted when the attempt times out, the lease is nearly over or the run is cancelled. */
  signal: AbortSignal;
  /** Same for every attempt of the same effect; send it where the target takes an idempotency or correlation field. */
  actionKey: string;
  /** Engine time in milliseconds, for tokens and windows; never for leases. */
  nowMs(): number;
}

/**
 * What of a request a person is shown and says yes to. It stands among the arguments of the rendered action and so in
 * the digest of what was approved; `perform` gets it back and sends nothing else.
 */
export type Sending = { ok: true; shows: JsonObject } | { ok: false; message: string };

/** What people are told: plain text that is never read as formatting, and where they look at it. */
export interface Notice {
  /** As the system knows it, e.g. the name of a channel. */
  to: string;
  title: string;
  lines: readonly string[];
  link: string;
}

export interface Action {
  manifest: ActionManifest;
  perform(context: ActionContext, input: JsonObject): Promise<ActionOutcome>;
  /** Polls a handle that `perform` or `check` returned. */
  confirm?(context: ActionContext, input: JsonObject, handle: JsonObject): Promise<ActionOutcome>;
  /** Reads the target's present state; must not change anything. */
  check?(context: ActionContext, input: JsonObject): Promise<CheckOutcome>;
  /** The same for an action whose `check` cannot serve both: only asked before it is taken back. */
  look?(context: ActionContext, input: JsonObject): Promise<CheckOutcome>;
  /**
   * Tells people about a question, by the same way as `perform` tells what a playbook says. At least once: a
   * notice may be told again after an unknown outcome.
   */
  tell?(context: ActionContext, notice: Notice): Promise<ActionOutcome>;
  /**
   * Of an action whose request its operator has written: what exactly goes out. Pure: it is asked again before what was
   * approved is sent, and another answer is another action. No argument has a name that it shows.
   */
  sends?(connection: Pick<Connection, 'id' | 'settings'>, input: JsonObject): Sending;
  /** In-memory answer for dry runs and offline cases; no clock, no network. */
  fake(input: JsonObject): JsonObject;
}

/** The explicit list of actions, handed to the engine as a value. */
export type ActionRegistry = ReadonlyMap<string, Action>;
