import type { OnDenied, PlanApproval } from '../contracts/plan.ts';
import { lookAt } from './look-at.ts';
import type { PreviewAsk } from './preview.ts';
import { conditionOf, previewValue } from './preview-value.ts';
import { type Room, sightOf } from './room.ts';

/** Who would be asked about a step, and when; null when nobody is, whatever the run finds out. */
export function askOf(
  room: Room,
  step: { path: string; onDenied: OnDenied; approval: PlanApproval | null; fallbackApproval?: PlanApproval },
  what: {
    demandable: boolean;
    covered?: 'surely' | 'perhaps' | null;
    list?: string[] | null;
    covers?: string[];
  },
): PreviewAsk | null {
  const { mode } = room.context.env.given;
  const demanded = what.demandable && mode === 'ask' && !room.listAsked;
  const approval = step.approval ?? (demanded ? (step.fallbackApproval ?? null) : null);
  if (approval === null) return null;
  const sight = sightOf(room, step.path);
  const condition = approval.when === null ? null : conditionOf(approval.when, sight);
  const { ask } = approval;
  const own = demanded ? 'yes' : asksWhen(approval, room, step.path);
  const covered = what.covered === 'surely';
  return {
    asks: covered ? 'covered' : what.covered === 'perhaps' && own === 'yes' ? 'sometimes' : own,
    because: covered ? 'gate' : step.approval === null ? 'mode' : 'playbook',
    condition: demanded ? null : condition,
    question: ask === null ? null : previewValue('question', ask, sight),
    approvers: approval.approvers,
    quorum: approval.quorum,
    separate: approval.separate,
    expiresMs: approval.expiresMs,
    escalate: approval.escalate,
    list: what.list ?? null,
    covers: what.covers ?? [],
    onDenied: step.onDenied,
  };
}

/** An error in `when` asks (language reference 5). */
function asksWhen(approval: PlanApproval, room: Room, path: string): PreviewAsk['asks'] {
  if (approval.when === null) return 'yes';
  const seen = lookAt(approval.when, sightOf(room, path));
  switch (seen.is) {
    case 'open':
      return 'sometimes';
    case 'error':
      return 'yes';
    case 'value':
      return seen.value === false ? 'no' : 'yes';
  }
}
