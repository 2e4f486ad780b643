/* Generated from guardrails-v1.schema.json by `npm run schemas:types`. Change the schema, not this file. */

export type Id = string;
/**
 * CEL, boolean; sees `guard`. An error denies: a fact that nobody knows is no permission.
 */
export type Match = string;
/**
 * Classes of actions that it is about; what is taken back is `restore`.
 *
 * @minItems 1
 */
export type Classes = ('restore' | 'contain' | 'eradicate')[];
export type Effect = 'ask' | 'deny';
export type Reason = string;
/**
 * `user:`, `group:`, `role:` or `oncall:`.
 *
 * @minItems 1
 * @maxItems 20
 */
export type Approvers = string[];
/**
 * How many different people.
 */
export type Quorum = number;
/**
 * Whether one person who breaks the glass is enough, whatever `quorum` says. Without it their yes counts as one of them.
 */
export type BreakGlass = boolean;
export type TargetKind =
  'host' | 'user' | 'mail' | 'mailbox' | 'rule' | 'file' | 'ip' | 'domain' | 'incident' | 'channel';
export type Instant = string;

/**
 * What no playbook, no run by hand and no undo may do without being asked or at all. It stands above every playbook.
 */
export interface GuardrailsFile {
  /**
   * First key of the file.
   */
  kind: 'guardrails/v1';
  /**
   * Targets that are left alone, or that people are asked about.
   *
   * @maxItems 200
   */
  protected?: Protected[];
  /**
   * Targets that are touched only after a yes.
   *
   * @maxItems 200
   */
  ask?: Ask[];
  /**
   * How many different targets the whole tenant may act on in a time.
   *
   * @maxItems 100
   */
  limits?: Limit[];
  /**
   * Times in which classes of actions are asked about or denied.
   *
   * @maxItems 100
   */
  freeze?: Freeze[];
  /**
   * The boldest mode of any run: `ask` puts every change of a target behind a yes, `audit` lets no containment out.
   */
  mode_ceiling?: 'audit' | 'ask' | 'enforce';
}
export interface Protected {
  id: Id;
  match: Match;
  classes: Classes;
  effect: Effect;
  reason: Reason;
  /**
   * Whom to ask about the rule.
   */
  owner?: string;
  approvers?: Approvers;
  quorum?: Quorum;
  break_glass?: BreakGlass;
  /**
   * The last day (UTC) on which it holds.
   */
  expires?: string;
}
export interface Ask {
  id: Id;
  match: Match;
  classes: Classes;
  reason?: Reason;
  approvers?: Approvers;
  quorum?: Quorum;
  break_glass?: BreakGlass;
}
export interface Limit {
  id: Id;
  classes: Classes;
  target_kind: TargetKind;
  targets?: number;
  /**
   * Part of the known fleet: the targets of this kind that some look-up has read in the last 30 days. Rounded down, and at least one; while none is known, people are asked. A fleet of a thousand or more is counted once a minute.
   */
  share?: number;
  /**
   * At most 30 days.
   */
  per: string;
  on_exceed: Effect;
  reason?: Reason;
  approvers?: Approvers;
  quorum?: Quorum;
  break_glass?: BreakGlass;
}
export interface Freeze {
  id: Id;
  from: Instant;
  to: Instant;
  classes: Classes;
  effect: Effect;
  reason?: Reason;
  approvers?: Approvers;
  quorum?: Quorum;
  break_glass?: BreakGlass;
}
