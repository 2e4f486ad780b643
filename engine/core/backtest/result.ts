import type { Code } from '../../../schemas/codes.ts';
import type { ActionClass } from '../contracts/action.ts';
import type { Mode } from '../contracts/plan.ts';

/* What a backtest says. Shapes only; `POST /v1/playbooks/{id}/backtest` answers with them. */

/**
 * What would have become of a match. `depends`: on how long earlier runs took. `attached` and `skipped`: an earlier run
 * of the same key covers it, as `dedupe` says.
 */
export type Standing = 'starts' | 'depends' | 'attached' | 'skipped';

/** How often something happens: if everything before it goes well and everybody says yes, and at most. */
export interface Span {
  expected: number;
  atMost: number;
}

export interface ToldAction {
  action: string;
  class: ActionClass;
  /** As far as it is known before the run. */
  target: { kind: string; id: string } | null;
  /** `maybe`: it depends on something that only the run finds out. */
  reached: 'yes' | 'maybe';
  /** Mode `audit`: written down instead of done. */
  simulated: boolean;
}

/** What a guardrail says about one action; `open`: it depends on what only the run finds out. */
export interface ToldRule {
  rule: string;
  answer: 'ask' | 'deny' | 'open';
  reason: string;
}

/** One run that would have been started, or what kept it from being. */
export interface ToldRun {
  trigger: string;
  element: string;
  standing: Standing;
  code: Code | null;
  mode: Mode;
  /** Null: not looked at, because nothing would have been started or enough were. */
  effects: Effects | null;
}

export interface Effects {
  /** Reads are not among them. */
  actions: ToldAction[];
  questions: Span;
  rules: ToldRule[];
  /** There is more than what is shown: of a list, of actions or of rules. */
  more: boolean;
}

export interface DayCount {
  /** UTC. */
  day: string;
  read: number;
  matched: number;
  starts: number;
  depends: number;
  covered: number;
}

export interface ToldError {
  code: Code;
  count: number;
  example: { alert: string; trigger: string; element: string; detail: string };
}

/** What one version would have done. */
export interface Tested {
  version: string;
  digest: string;
  /** Alerts for which a trigger matched, whether or not something was started for them. */
  matched: number;
  starts: number;
  depends: number;
  /** Covered by an earlier run. */
  covered: number;
  days: DayCount[];
  /** Of runs whose effects were looked at; those that depend on others count at most. */
  questions: Span;
  actions: { action: string; class: ActionClass; times: Span; simulated: number }[];
  rules: (ToldRule & { count: number; example: string })[];
  errors: ToldError[];
  /** Runs whose effects were looked at, and those that were not, because there were more. */
  lookedAt: number;
  notLookedAt: number;
}

export interface ToldMatch {
  alert: string;
  at: string;
  title: string;
  runs: ToldRun[];
  /** Runs that are not shown. */
  more: number;
}

export interface Compared {
  newly: number;
  noLonger: number;
  /** Matched by both, with other runs or other effects. */
  changed: number;
  same: number;
  /** The same runs, of which some were not looked at: what they would have done may differ. */
  notLookedAt: number;
  /** The first of each. */
  examples: {
    is: 'newly' | 'no-longer' | 'changed';
    inForce: ToldMatch | null;
    candidate: ToldMatch | null;
  }[];
}
