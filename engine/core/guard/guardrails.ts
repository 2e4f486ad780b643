import type { ActionClass, TargetKind } from '../contracts/action.ts';
import type { AskTerms } from '../contracts/command.ts';
import type { Mode } from '../contracts/plan.ts';

/** The operator's guardrails, compiled (language reference 11.1). Stored as JSON: renaming a field breaks rows. */
export interface Guardrails {
  rules: GuardrailRule[];
  limits: GuardrailLimit[];
  modeCeiling: Mode;
}

/** One reason to ask or to deny: what is protected, what is asked about, a time of rest. */
export interface GuardrailRule {
  id: string;
  classes: ActionClass[];
  effect: 'ask' | 'deny';
  reason: string;
  /** Null: every target of these classes. */
  match: string | null;
  /** Empty: whoever the playbook asks. */
  approvers: string[];
  quorum: number;
  /** One person who breaks the glass is enough. Absent in what was stored before there was the word: no. */
  breakGlass?: boolean;
  fromMs: number | null;
  /** First instant at which it does not hold any more. */
  untilMs: number | null;
}

export interface GuardrailLimit {
  id: string;
  classes: ActionClass[];
  targetKind: TargetKind;
  size: { targets: number } | { share: number };
  perMs: number;
  onExceed: 'ask' | 'deny';
  reason: string;
  /** Whom to ask beyond it; null: whoever the playbook asks. */
  terms: AskTerms | null;
}

/** What the guardrails say about one action. */
export type GuardrailVerdict =
  | { answer: 'allow' }
  | { answer: 'ask'; id: string; reason: string; approvers: string[]; quorum: number; glassQuorum: number }
  | {
      answer: 'deny';
      id: string;
      reason: string;
      /** Facts about the target that the rule reads and nobody has looked up. */
      missing?: string[];
    };
