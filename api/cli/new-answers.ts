import type { TemplateName } from './fill-template.ts';

/** What a new playbook needs to be told, and what is wrong with an answer; null when nothing is. */
export interface NewAnswers {
  template: TemplateName;
  id: string;
  title: string;
  owner: string;
}

export function idProblem(id: string): string | null {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 63)
    return 'Write small letters, digits and single hyphens, at most 63, e.g. phishing-quarantine-mail.';
  // Ansible support in editors claims every file called so, and would underline all of it.
  if (id.includes('playbook')) return 'Leave the word "playbook" out; it is one already.';
  return null;
}

export function titleProblem(title: string): string | null {
  return title.trim() === '' || title.length > 90 || /\p{Cc}/u.test(title)
    ? 'Write one line of at most 90 characters, e.g. Isolate a host.'
    : null;
}

export function ownerProblem(owner: string): string | null {
  return /^(user|group|role|oncall):[\w.@/-]+$/.test(owner) && owner.length <= 200
    ? null
    : 'Write group:, user:, role: or oncall: and a name, e.g. group:soc-tier2.';
}
