import type { Code } from '../../../schemas/codes.ts';

/*
 * Who may do what, as data. The one place where a right is decided; routes name a permission,
 * pages ask `mayI`, nobody compares role names elsewhere. Knows nothing of HTTP or the store.
 */

/** Ask before anything else: yes, or a code of the catalogue with a sentence for people. */
export function mayI(principal: Principal, permission: Permission): Verdict {
  const personal = principal.kind === 'service' ? peopleOnly[permission] : undefined;
  if (personal !== undefined) return { allowed: false, ...personal };
  if (principal.roles.some((role) => isRole(role) && granted[role].has(permission))) return { allowed: true };
  return {
    allowed: false,
    code: 'auth/forbidden',
    reason: `This needs ${namesOf(permission)}.`,
  };
}

export interface Principal {
  kind: 'person' | 'service';
  /** `per_…` of the person, `tok_…` of a service, `<issuer>#<subject>` of one with a token of another issuer. */
  id: string;
  roles: readonly string[];
}

export type Verdict = { allowed: true } | { allowed: false; code: Code; reason: string };

/** Stored on people and tokens: renaming one breaks stored rows. */
export const roles = [
  'viewer',
  'analyst',
  'approver',
  'author',
  'operator',
  'auditor',
  'admin',
  'responder',
  'break-glass',
] as const;

export type Role = (typeof roles)[number];

const see = [
  'alerts.read',
  'incidents.read',
  'runs.read',
  'approvals.read',
  'tasks.read',
  'actions.read',
  'playbooks.read',
  'stops.read',
  'connections.read',
] as const;

const work = ['values.read', 'audit.read-own', 'tokens.own'] as const;

const operate = [
  'alerts.send',
  'webhooks.send',
  'incidents.update',
  'runs.start',
  'runs.cancel',
  'runs.undo',
  'approvals.decide',
  'tasks.answer',
  'playbooks.check',
  'playbooks.publish',
  'playbooks.enable',
  'routing.publish',
  'guardrails.publish',
  'audit.read',
  'audit.verify',
  'audit.repair',
  'stops.set',
  'stops.clear',
  'people.read',
  'people.manage',
  'tokens.manage',
  'streams.manage',
  'connections.test',
  'approvals.review',
] as const;

/** In no other role, also not in an administrator's: it is given to people by name. */
const alone = ['approvals.break-glass'] as const;

export type Permission =
  | (typeof see)[number]
  | (typeof work)[number]
  | (typeof operate)[number]
  | (typeof alone)[number];

export const permissions: readonly Permission[] = [...see, ...work, ...operate, ...alone];

/**
 * The matrix of the console design, 2.8. An author publishes only "with review"; as long as no
 * review can be recorded, that is a no and an operator publishes.
 */
export const rights: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: see,
  analyst: [...see, ...work, 'alerts.send', 'webhooks.send', 'incidents.update', 'runs.start', 'runs.cancel'],
  approver: [
    ...see,
    ...work,
    'incidents.update',
    'runs.start',
    'runs.cancel',
    'runs.undo',
    'approvals.decide',
    'tasks.answer',
  ],
  author: [...see, ...work, 'playbooks.check'],
  operator: [...see, ...work, ...operate],
  auditor: [...see, ...work, 'audit.read', 'audit.verify', 'approvals.review'],
  admin: [...see, ...work, ...operate],
  responder: [...see, ...work, 'stops.set'],
  'break-glass': [...see, ...work, ...alone],
};

/**
 * Never a service's, whatever its roles. Whoever makes people or sign-in links can become one, so
 * managing them is as personal as deciding.
 */
const peopleOnly: Readonly<Partial<Record<Permission, { code: Code; reason: string }>>> = {
  'approvals.decide': { code: 'approval/needs-person', reason: 'Service tokens cannot approve or deny.' },
  'tasks.answer': {
    code: 'task/needs-person',
    reason: 'Service tokens cannot say what became of an action.',
  },
  'approvals.break-glass': { code: 'approval/needs-person', reason: 'Service tokens never decide alone.' },
  'approvals.review': { code: 'approval/needs-person', reason: 'Only people review what people did.' },
  'stops.clear': { code: 'approval/needs-person', reason: 'Lifting a stop takes two people.' },
  'guardrails.publish': { code: 'approval/needs-person', reason: 'Changing guardrails takes two people.' },
  'audit.repair': { code: 'approval/needs-person', reason: 'What becomes of the log is said by two people.' },
  'people.manage': { code: 'auth/forbidden', reason: 'Only people manage people.' },
  'tokens.manage': { code: 'auth/forbidden', reason: 'Only people manage tokens.' },
};

const granted = Object.fromEntries(roles.map((role) => [role, new Set(rights[role])])) as unknown as Readonly<
  Record<Role, ReadonlySet<Permission>>
>;

export function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name);
}

/** For people who have to find somebody who may. */
export function rolesThatMay(permission: Permission): Role[] {
  return roles.filter((role) => granted[role].has(permission));
}

function namesOf(permission: Permission): string {
  const names = rolesThatMay(permission);
  return `the role ${names.join(', ').replace(/, ([^,]*)$/, ' or $1')}`;
}
