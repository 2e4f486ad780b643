import { mayI, type Principal, type Verdict } from './rights.ts';

/**
 * Whether this person may approve or deny this request now, for the buttons and for the card. The
 * use case that records the decision judges again inside its transaction; this is only the forecast.
 */
export function mayDecide(decider: Decider, question: OpenQuestion, decision: 'approve' | 'deny'): Verdict {
  const right = mayI(decider, 'approvals.decide');
  if (!right.allowed) return right;
  if (question.state !== 'pending') return no('approval/already-decided', `It is ${question.state}.`);
  if (decider.personId === null) return no('approval/needs-person', 'Only a person may decide.');
  if (question.excluded.includes(decider.personId)) {
    return no('approval/separation', 'You started the run or last edited this playbook version.');
  }
  if (!isNamed(decider, question.approvers)) {
    return no('approval/not-named', `It asks ${question.approvers.join(', ')}.`);
  }
  // A yes can still become a no.
  if (decision === 'approve' && question.voters.includes(decider.personId)) {
    return no('approval/already-decided', 'You said yes before; your word stands.');
  }
  if (decision === 'approve' && question.unshowable !== null) {
    return no('approval/not-shown', question.unshowable);
  }
  return { allowed: true };
}

/** Whether this person has a yes to this open question that they can take back. */
export function mayWithdraw(decider: Decider, question: Pick<OpenQuestion, 'state' | 'voters'>): Verdict {
  const right = mayI(decider, 'approvals.decide');
  if (!right.allowed) return right;
  const own = decider.personId !== null && question.voters.includes(decider.personId);
  if (!own) return no('approval/no-vote', 'You have not decided about it.');
  if (question.state === 'pending') return { allowed: true };
  return no('approval/too-late-to-withdraw', `It is ${question.state}.`);
}

/** Which yes of this person would be the next: a decision names it, so that an old one is known as old. */
export function roundOf({ personId }: Decider, { tookBack }: { tookBack: readonly string[] }): number {
  return tookBack.filter((each) => each === personId).length;
}

export interface Decider extends Principal {
  personId: string | null;
  groups: readonly string[];
  /** For `user:` approvers, which playbooks write as mail addresses. */
  email: string | null;
}

export interface OpenQuestion {
  state: string;
  approvers: readonly string[];
  excluded: readonly string[];
  /** People whose decision stands. */
  voters: readonly string[];
  unshowable: string | null;
}

/** As questions and those who look for theirs spell it: the two sides of a mail address may write it differently. */
export function spellApprover(approver: string): string {
  return approver.startsWith('user:') ? approver.toLowerCase() : approver;
}

/** Under which names this person may be asked, as `approvals.approvers` writes them; a service is never asked. */
export function askedAs(decider: Pick<Decider, 'personId' | 'email' | 'groups' | 'roles'>): {
  personId: string;
  names: string[];
} {
  const { personId, email, groups, roles } = decider;
  if (personId === null) return { personId: '', names: [] };
  const names = [
    `user:${personId}`,
    ...(email === null ? [] : [`user:${email}`]),
    ...groups.map((group) => `group:${group}`),
    ...groups.filter((group) => group.startsWith('oncall:')),
    ...roles.map((role) => `role:${role}`),
  ];
  return { personId, names: names.map(spellApprover) };
}

/** `user:` is a person id or a mail address, `group:` a group, `role:` a role, `oncall:` a group of that name. */
export function isNamed(
  decider: Pick<Decider, 'roles' | 'groups' | 'personId' | 'email'>,
  approvers: readonly string[],
): boolean {
  return approvers.some((approver) => {
    const colon = approver.indexOf(':');
    const name = approver.slice(colon + 1);
    switch (approver.slice(0, colon)) {
      case 'user':
        return name === decider.personId || name.toLowerCase() === decider.email?.toLowerCase();
      case 'group':
        return decider.groups.includes(name);
      case 'oncall':
        return decider.groups.includes(approver);
      case 'role':
        return decider.roles.includes(name);
      default:
        return false;
    }
  });
}

function no(code: Extract<Verdict, { allowed: false }>['code'], reason: string): Verdict {
  return { allowed: false, code, reason };
}
