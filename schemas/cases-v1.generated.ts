/* Generated from cases-v1.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

/**
 * Id of the trigger. Default: the first one that the alert starts, or the manual one without an alert.
 */
export type Name = string;
export type Answers = Answer | AnswerList;
/**
 * How long the answer takes. Default at once.
 */
export type Duration = string;
/**
 * Integer and unit `s`, `m`, `h`, `d`; units combine downward (`1h30m`).
 */
export type Duration1 = string;
/**
 * @minItems 1
 * @maxItems 100
 */
export type CheckList = Check[];
/**
 * @minItems 1
 * @maxItems 500
 */
export type AnswerList = Answer[];
/**
 * `+` and a duration since the case began.
 */
export type Instant = string;
/**
 * `+` and a duration since the case began.
 */
export type Instant1 = string;
export type ToRecord = 'record';

/**
 * Tests of one playbook, kind cases/v1: what it is given, and exactly what it must do. `riposte test` plays them offline on the compiled playbook with a virtual clock.
 */
export interface Cases {
  /**
   * First key of the file.
   */
  kind: 'cases/v1';
  /**
   * The playbook under test, relative to this file.
   */
  playbook: string;
  given?: Given;
  /**
   * @minItems 1
   * @maxItems 500
   */
  cases: Case[];
}
/**
 * What all cases are given; a case may override any part.
 */
export interface Given {
  /**
   * When the case begins, RFC 3339. Default `2026-01-01T00:00:00Z`.
   */
  clock?: string;
  /**
   * Plays a lower mode than the playbook's own, as an installation or a person may.
   */
  mode?: 'audit' | 'ask' | 'enforce';
  alert?: GivenAlert;
  trigger?: Name;
  target?: GivenTarget;
  inputs?: Values1;
  /**
   * What the targets answer: by step id (`isolate`, `sweep/quarantine`, `rules/remove` in a called playbook), then by action key. A list answers one call after the other; its last entry repeats unless it says `times`.
   */
  actions?: {
    [k: string]: Answers;
  };
  /**
   * Who decides, by mail address; named in `decisions` as `user:<address>`.
   */
  people?: {
    [k: string]: Person;
  };
  /**
   * How many other targets already count against a guard's limit, by guard id.
   */
  used?: {
    [k: string]: number;
  };
  /**
   * What other runs already hold: their containment stays when this run takes back its own.
   *
   * @maxItems 100
   */
  holds?: Hold[];
}
/**
 * An alert as it comes in: a file beside this one, or written here.
 */
export interface GivenAlert {
  file?: string;
  inline?: Values;
}
export interface Values {
  [k: string]: Json;
}
/**
 * Of a run started by hand; with an alert: which of its elements the case plays.
 */
export interface GivenTarget {
  kind?: string;
  id: string;
  name?: string;
}
/**
 * Inputs by name; what is left out is filled as at run time.
 */
export interface Values1 {
  [k: string]: Json;
}
/**
 * Success unless it says `fail`, `accepted` or `unknown`.
 */
export interface Answer {
  outputs?: Values2;
  /**
   * Whether the target's state changed; `false`: it was so before.
   */
  changed?: boolean;
  after?: Duration;
  /**
   * Failure code of the action. `throttled`, `unavailable` and `timeout` may be retried, others only with `retryable: true`.
   */
  fail?: string;
  /**
   * Words of a failure.
   */
  message?: string;
  retryable?: boolean;
  retry_after?: Duration1;
  /**
   * Answers so many calls.
   */
  times?: number;
  /**
   * Taken, not done yet; what follows stands in `then`.
   */
  accepted?: {
    poll_after?: Duration1;
  };
  then?: Answer1;
  /**
   * Nobody knows whether it happened: `true`, or why. The engine then asks the target: `check`.
   */
  unknown?: boolean | string;
  changed_since?: Values3;
  /**
   * The target's state when it is asked after an unknown outcome: one, or a list whose last entry repeats.
   */
  check?: Check | CheckList;
}
/**
 * Default: the example of the action. Checked against its output schema.
 */
export interface Values2 {
  [k: string]: Json;
}
/**
 * The answer to the poll after `accepted`.
 */
export interface Answer1 {
  outputs?: Values2;
  /**
   * Whether the target's state changed; `false`: it was so before.
   */
  changed?: boolean;
  after?: Duration;
  /**
   * Failure code of the action. `throttled`, `unavailable` and `timeout` may be retried, others only with `retryable: true`.
   */
  fail?: string;
  /**
   * Words of a failure.
   */
  message?: string;
  retryable?: boolean;
  retry_after?: Duration1;
  /**
   * Answers so many calls.
   */
  times?: number;
  /**
   * Taken, not done yet; what follows stands in `then`.
   */
  accepted?: {
    poll_after?: Duration1;
  };
  then?: Answer1;
  /**
   * Nobody knows whether it happened: `true`, or why. The engine then asks the target: `check`.
   */
  unknown?: boolean | string;
  changed_since?: Values3;
  /**
   * The target's state when it is asked after an unknown outcome: one, or a list whose last entry repeats.
   */
  check?: Check | CheckList;
}
/**
 * Of an inverse: asked before it is sent, the target shows something else than was left, in these values. Nothing is sent, and the record becomes `changed-since`.
 */
export interface Values3 {
  [k: string]: Json;
}
export interface Check {
  state: 'present' | 'absent' | 'in_transition' | 'unknown';
  outputs?: Values;
  poll_after?: Duration1;
}
export interface Person {
  /**
   * @maxItems 100
   */
  groups?: string[];
  /**
   * Default `[approver]`.
   *
   * @maxItems 20
   */
  roles?: string[];
  active?: boolean;
  /**
   * Started the run, so may not decide about it.
   */
  started?: boolean;
}
export interface Hold {
  effect: string;
  /**
   * `<kind>:<id>`, e.g. `host:H17`.
   */
  target: string;
  origin?: 'ours' | 'found' | 'unknown';
}
export interface Case {
  /**
   * A sentence: what the playbook does in this case.
   */
  name: string;
  given?: Given1;
  /**
   * @maxItems 200
   */
  signals?: Signal[];
  /**
   * @maxItems 200
   */
  decisions?: Decision[];
  /**
   * What must come out, or `record`: `riposte test --update` writes what did.
   */
  expect: ToRecord | Expectation;
}
export interface Given1 {
  /**
   * When the case begins, RFC 3339. Default `2026-01-01T00:00:00Z`.
   */
  clock?: string;
  /**
   * Plays a lower mode than the playbook's own, as an installation or a person may.
   */
  mode?: 'audit' | 'ask' | 'enforce';
  alert?: GivenAlert;
  trigger?: Name;
  target?: GivenTarget;
  inputs?: Values1;
  /**
   * What the targets answer: by step id (`isolate`, `sweep/quarantine`, `rules/remove` in a called playbook), then by action key. A list answers one call after the other; its last entry repeats unless it says `times`.
   */
  actions?: {
    [k: string]: Answers;
  };
  /**
   * Who decides, by mail address; named in `decisions` as `user:<address>`.
   */
  people?: {
    [k: string]: Person;
  };
  /**
   * How many other targets already count against a guard's limit, by guard id.
   */
  used?: {
    [k: string]: number;
  };
  /**
   * What other runs already hold: their containment stays when this run takes back its own.
   *
   * @maxItems 100
   */
  holds?: Hold[];
}
export interface Signal {
  at: Instant;
  /**
   * What comes in; `run.cancel`: a person cancels (`data: { by, reason, undo }`).
   */
  type:
    | 'alert.created'
    | 'alert.updated'
    | 'incident.created'
    | 'incident.updated'
    | 'run.failed'
    | 'webhook'
    | 'run.cancel';
  data?: Values4;
}
/**
 * What `match` sees as `signal`.
 */
export interface Values4 {
  [k: string]: Json;
}
export interface Decision {
  step: string;
  /**
   * `user:<address>`, or `group:`, `role:`, `oncall:` for somebody of that kind. Default: somebody whom the request asks.
   */
  by?: string;
  outcome: 'granted' | 'denied';
  at?: Instant1;
  comment?: string;
  edit?: Values5;
}
/**
 * Arguments changed before deciding; only those that the step lists as `editable`.
 */
export interface Values5 {
  [k: string]: Json;
}
export interface Expectation {
  /**
   * State at the end; `not-started` when the alert must not start the playbook.
   */
  run?:
    | 'succeeded'
    | 'failed'
    | 'denied'
    | 'cancelled'
    | 'timed-out'
    | 'undone'
    | 'undo-incomplete'
    | 'not-started';
  /**
   * Why it ended so.
   */
  reason?: string;
  /**
   * State of steps by id; items as `sweep[m1]/quarantine`.
   */
  steps?: {
    [k: string]: 'pending' | 'skipped' | 'succeeded' | 'failed' | 'denied' | 'cancelled';
  };
  /**
   * What was done, in order. Exact for contain, eradicate and restore; read and notify actions are compared only if listed.
   *
   * @maxItems 5000
   */
  performed?: PerformedAction[];
  /**
   * Action keys that must not be sent at all; `*` stands for any text.
   *
   * @maxItems 100
   */
  never?: string[];
  /**
   * Who was asked, in order, exactly.
   *
   * @maxItems 200
   */
  approvals?: AskedApproval[];
  outputs?: Values;
  /**
   * What the run still holds at the end, exactly.
   *
   * @maxItems 5000
   */
  holds?: Hold[];
  /**
   * CEL conditions over the names of the run at its end, and `outputs`.
   *
   * @maxItems 100
   */
  check?: string[];
}
export interface PerformedAction {
  action: string;
  step?: string;
  with?: Values6;
  target?: string;
  /**
   * Default `succeeded`.
   */
  outcome?: 'succeeded' | 'failed' | 'unknown';
  times?: number;
  /**
   * The step that it takes back.
   */
  undo_of?: string;
}
/**
 * Arguments that must be so; those left out are not compared.
 */
export interface Values6 {
  [k: string]: Json;
}
export interface AskedApproval {
  step: string;
  outcome?: 'granted' | 'denied' | 'expired' | 'cancelled' | 'superseded';
  approvers?: string[];
  quorum?: number;
  question?: string;
  by?: string[];
  asked_at?: Instant;
  ended_at?: Instant;
  escalated?: number;
}
