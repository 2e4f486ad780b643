/* Generated from playbook-v1.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

export type PersonOrGroup = string;
/**
 * Any value; `${{ … }}` alone keeps the type of its result, inside text it becomes text.
 */
export type Value = Json;
export type Name = string;
/**
 * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
 */
export type Duration = string;
/**
 * `fail` (default), `continue`, `undo`, or a block of steps with what follows it.
 */
export type OnError = Json;
/**
 * Text; `${{ … }}` inserts an expression.
 */
export type Text = string;
/**
 * A bare CEL expression.
 */
export type Expression = string;

/**
 * A Riposte playbook, kind playbook/v1. What an editor can know; `riposte check` knows the rest.
 */
export interface Playbook {
  /**
   * First key of the file; selects the language and its version.
   */
  kind: 'playbook/v1';
  /**
   * Kebab-case, unique in the installation. **Never changes** after the first publication.
   */
  id: string;
  /**
   * Imperative, at most 90 characters.
   */
  title: string;
  /**
   * Markdown. What it does, and when a person should step in.
   */
  description: string;
  /**
   * How far it is trusted; gives `mode` its default.
   */
  status: 'experimental' | 'test' | 'stable' | 'deprecated';
  /**
   * Semantic version, for people. The engine pins the digest.
   */
  version?: string;
  /**
   * Who wrote it.
   */
  author: string;
  /**
   * Receives failures and expiring leases, and is the default approver.
   */
  owner?: string;
  /**
   * `YYYY-MM-DD`.
   */
  created?: string;
  /**
   * `YYYY-MM-DD`.
   */
  modified?: string;
  /**
   * URLs.
   *
   * @maxItems 50
   */
  references?: string[];
  /**
   * `attack.*`, `d3fend.*`, `cve.*`, `tlp.*`, or your own namespace.
   *
   * @maxItems 50
   */
  tags?: string[];
  /**
   * Shown to the approver as *reasons to say no*.
   *
   * @maxItems 50
   */
  falsepositives?: string[];
  /**
   * Other playbooks this one has to do with.
   *
   * @maxItems 50
   */
  related?: {
    id: string;
    type: 'derived' | 'obsoletes' | 'merged' | 'renamed' | 'similar';
  }[];
  /**
   * Engine version, and action systems with their majors.
   */
  requires?: {
    engine?: string;
    actions?: {
      [k: string]: string;
    };
  };
  /**
   * How boldly it acts. Default follows `status`: experimental audit, test ask, stable enforce.
   */
  mode?: 'audit' | 'ask' | 'enforce';
  /**
   * When it starts.
   *
   * @minItems 1
   * @maxItems 50
   */
  triggers: Trigger[];
  /**
   * What a run is given. An input without `default` is required.
   */
  inputs?: {
    [k: string]: Input;
  };
  /**
   * Run variables, evaluated once at start, in order. Only `set` changes them.
   */
  vars?: {
    [k: string]: Value;
  };
  /**
   * Suppresses repeats of the same work.
   */
  dedupe?: {
    /**
     * Runs with the same key are the same work.
     */
    key: string;
    /**
     * Counted from the start of the first run.
     */
    window: string;
    /**
     * What happens to the second alert.
     */
    on_duplicate?: 'attach' | 'skip';
  };
  /**
   * How many runs may work on the same thing.
   */
  concurrency?: {
    /**
     * Runs of the same group take turns.
     */
    group: string;
    /**
     * Runs at the same time; default 1.
     */
    limit?: number;
    /**
     * A newer run never cancels an older one.
     */
    on_conflict?: 'queue' | 'skip';
  };
  /**
   * The whole run, waiting included. Default 30d, at most 90d.
   */
  timeout?: string;
  /**
   * What this playbook must not touch, whatever its steps say.
   *
   * @maxItems 50
   */
  guards?: Guard[];
  /**
   * Defaults for every step. `approval` fills gaps of a step's own `approval`; it does not create one.
   */
  defaults?: {
    retry?: Retry;
    approval?: ApprovalDefaults;
  };
  /**
   * The work, from top to bottom.
   *
   * @minItems 1
   */
  steps: Step[];
  /**
   * Steps that run when the run is about to end as failed.
   */
  on_failure?: Step[];
  /**
   * Steps that always run last. Read and notify actions only.
   */
  finally?: Step[];
  /**
   * Evaluated when the run ends. Callers and the API see them.
   */
  outputs?: {
    [k: string]: Value;
  };
}
export interface Trigger {
  /**
   * Needed when an input says `from` per trigger.
   */
  id?: string;
  /**
   * What starts a run.
   */
  type:
    | 'alert.created'
    | 'alert.updated'
    | 'incident.created'
    | 'incident.updated'
    | 'run.failed'
    | 'schedule'
    | 'webhook'
    | 'manual';
  /**
   * CEL boolean; sees `alert` only.
   */
  match?: string;
  /**
   * CEL list: one run per element.
   */
  each?: string;
  /**
   * Name of the element in `inputs.*.from`; default `target`.
   */
  as?: string;
  /**
   * `false` keeps it from starting runs. Default true.
   */
  enabled?: boolean;
  /**
   * Ignored, and reported, after this day.
   */
  expires?: string;
  /**
   * Five fields: minute, hour, day of month, month, day of week.
   */
  cron?: string;
  /**
   * IANA zone; default UTC.
   */
  timezone?: string;
  /**
   * Kinds of target whose page offers this playbook.
   *
   * @minItems 1
   * @maxItems 16
   */
  targets?: ('host' | 'user' | 'mail' | 'mailbox' | 'file' | 'ip' | 'incident' | 'channel')[];
  /**
   * Who may start it; default: roles that hold `run.start`.
   *
   * @minItems 1
   * @maxItems 50
   */
  allow?: PersonOrGroup[];
}
export interface Input {
  /**
   * JSON type of the value.
   */
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  description?: string;
  /**
   * @minItems 1
   * @maxItems 200
   */
  enum?: unknown[];
  format?: 'email' | 'uri' | 'date' | 'date-time' | 'ipv4' | 'ipv6' | 'uuid' | 'hostname';
  minimum?: number;
  maximum?: number;
  pattern?: string;
  maxLength?: number;
  items?: InputSchema;
  properties?: {
    [k: string]: InputSchema;
  };
  /**
   * Makes the input optional.
   */
  default?: Json;
  /**
   * Per trigger id, or one template that serves all triggers.
   */
  from?: Json;
}
export interface InputSchema {
  /**
   * JSON type of the value.
   */
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  description?: string;
  /**
   * @minItems 1
   * @maxItems 200
   */
  enum?: unknown[];
  format?: 'email' | 'uri' | 'date' | 'date-time' | 'ipv4' | 'ipv6' | 'uuid' | 'hostname';
  minimum?: number;
  maximum?: number;
  pattern?: string;
  maxLength?: number;
  items?: InputSchema;
  properties?: {
    [k: string]: InputSchema;
  };
}
export interface Guard {
  id: Name;
  /**
   * Action classes, action keys or step ids; default `[contain, eradicate]`.
   *
   * @minItems 1
   * @maxItems 50
   */
  applies_to?: string[];
  /**
   * CEL boolean. True denies, and so does an error.
   */
  deny_if?: string;
  /**
   * What a denial says.
   */
  message?: string;
  /**
   * Most targets in a window.
   */
  limit?: {
    /**
     * Different targets within `per`.
     */
    targets: number;
    /**
     * The window; at most 90d.
     */
    per: string;
    /**
     * Whose effects count.
     */
    scope: 'run' | 'playbook' | 'system';
  };
  /**
   * What a target above the limit means.
   */
  on_exceed?: 'ask' | 'deny';
}
/**
 * Attempts after failures that may pass. An unknown outcome is never retried; the target is asked instead.
 */
export interface Retry {
  /**
   * Counts the first attempt.
   */
  max_attempts?: number;
  backoff?: 'exponential' | 'fixed';
  initial?: Duration;
  max?: Duration;
  /**
   * Failure codes that are tried again; default throttled, unavailable, timeout.
   *
   * @minItems 1
   * @maxItems 20
   */
  on?: string[];
}
/**
 * Fills gaps of each step's own `approval`.
 */
export interface ApprovalDefaults {
  /**
   * Who may decide; default the playbook's `owner`.
   *
   * @minItems 1
   * @maxItems 50
   */
  approvers?: PersonOrGroup[];
  /**
   * Distinct people that must agree; default 1.
   */
  quorum?: number;
  /**
   * Requester and last editor of this version may not decide. Default true.
   */
  separate?: boolean;
  /**
   * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
   */
  expires?: string;
  /**
   * Whom to wake when nobody answers.
   *
   * @maxItems 10
   */
  escalate?: {
    after: Duration;
    /**
     * @minItems 1
     * @maxItems 50
     */
    to: PersonOrGroup[];
  }[];
  require_comment?: 'never' | 'on_deny' | 'always';
  /**
   * Who is told: `chat:<channel>`, `mail:<address>`.
   *
   * @maxItems 20
   */
  notify?: string[];
}
export interface Step {
  /**
   * snake_case. Required for all kinds but `if`, `switch`, `set` and `stop`.
   */
  id?: string;
  /**
   * Short label for people; default is the action's title.
   */
  name?: string;
  /**
   * Markdown.
   */
  description?: string;
  /**
   * CEL boolean. False skips the step; with `then` it chooses the block.
   */
  if?: string;
  on_error?: OnError;
  /**
   * When an approver, the clock or a guard says no.
   */
  on_denied?: 'stop' | 'continue' | 'fail';
  /**
   * What to do, `system.verb-noun`.
   */
  action?: string;
  /**
   * Which configured system; default the only one.
   */
  connection?: string;
  /**
   * Arguments: validated before and after templating.
   */
  with?: {};
  /**
   * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
   */
  timeout?: string;
  /**
   * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
   */
  deadline?: string;
  retry?: Retry;
  approval?: Approval;
  /**
   * How long the containment holds before it is released or asked about.
   */
  lease?: Json;
  /**
   * How undo takes it back.
   */
  rollback?: Json;
  /**
   * Outputs hidden in API and console.
   *
   * @maxItems 50
   */
  mask?: Name[];
  /**
   * When `if` is true.
   */
  then?: Step[];
  /**
   * When `if` is false.
   */
  else?: Step[];
  /**
   * The first true case wins.
   *
   * @minItems 1
   * @maxItems 50
   */
  switch?: {
    when: Expression;
    /**
     * Run when this is the first true case.
     */
    steps: Step[];
  }[];
  /**
   * When no case is true.
   */
  default?: Step[];
  /**
   * A bare CEL expression.
   */
  foreach?: string;
  /**
   * Name of the element; default `item`.
   */
  as?: string;
  /**
   * A bare CEL expression.
   */
  key?: string;
  /**
   * More elements fail the step before any starts.
   */
  max_items?: number;
  /**
   * Items at the same time; default 1.
   */
  max_parallel?: number;
  /**
   * What a failed item means for the others.
   */
  on_item_error?: 'continue' | 'stop';
  /**
   * Any value; `${{ … }}` alone keeps the type of its result, inside text it becomes text.
   */
  collect?: Json;
  /**
   * Body of the loop.
   */
  steps?: Step[];
  /**
   * Do, then test; bounded.
   */
  repeat?: {
    until: Expression;
    /**
     * Most rounds; then the step fails.
     */
    max: number;
    every?: Duration;
  };
  /**
   * Named branches, started together.
   */
  parallel?: {
    [k: string]: Step[];
  };
  /**
   * When the branches are done.
   */
  join?: 'all' | 'settle' | 'any';
  /**
   * A time, an instant, or a signal.
   */
  wait?: Json;
  /**
   * Another playbook, run as a child.
   */
  call?: string;
  /**
   * Wait for the child, take its outputs, join its undo list. Default true.
   */
  attach?: boolean;
  /**
   * Changes run variables declared under `vars`.
   */
  set?: {
    [k: string]: Value;
  };
  /**
   * Ends the run now.
   */
  stop?: {
    outcome: 'succeeded' | 'failed' | 'denied';
    reason?: Text;
  };
  /**
   * Takes back what earlier steps of this run did.
   */
  undo?: Json;
  /**
   * Text; `${{ … }}` inserts an expression.
   */
  reason?: string;
}
/**
 * A person decides on exactly what will happen. Nobody answering is a no.
 */
export interface Approval {
  /**
   * CEL boolean; omitted means always ask, and so does an error.
   */
  when?: string;
  /**
   * The first line a tired person reads. Default: the action's effect sentence.
   */
  ask?: string;
  /**
   * Reason, under the question.
   */
  why?: string;
  /**
   * At most 8, shown in this order.
   *
   * @maxItems 8
   */
  evidence?: {
    label: string;
    value?: Text;
    link?: Text;
  }[];
  /**
   * Who may decide; default the playbook's `owner`.
   *
   * @minItems 1
   * @maxItems 50
   */
  approvers?: PersonOrGroup[];
  /**
   * Distinct people that must agree; default 1.
   */
  quorum?: number;
  /**
   * Requester and last editor of this version may not decide. Default true.
   */
  separate?: boolean;
  /**
   * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
   */
  expires?: string;
  /**
   * Whom to wake when nobody answers.
   *
   * @maxItems 10
   */
  escalate?: {
    after: Duration;
    /**
     * @minItems 1
     * @maxItems 50
     */
    to: PersonOrGroup[];
  }[];
  require_comment?: 'never' | 'on_deny' | 'always';
  /**
   * Who is told: `chat:<channel>`, `mail:<address>`.
   *
   * @maxItems 20
   */
  notify?: string[];
  /**
   * Arguments an approver may change.
   *
   * @minItems 1
   */
  editable?: Name[];
  /**
   * Gate only: later steps whose rendered form is part of the digest. What goes out on its yes names it in its entries.
   *
   * @minItems 1
   * @maxItems 16
   */
  covers?: Name[];
}
