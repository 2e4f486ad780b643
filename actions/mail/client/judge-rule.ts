import type { InboxRule } from './inbox-rule.ts';

export type Sign = 'forwards-outside' | 'hides-mail' | 'watches-money-or-security';

/** What intruders keep from the owner of a mailbox: payments, and warnings about themselves. */
const telling =
  /invoice|payment|bank|iban|wire|transfer|payroll|remittance|rechnung|zahlung|phish|hack|suspicious|security|password|passwort|mfa|sign-?in|helpdesk/;

/**
 * The suspicious shapes of facts 7.3. Moving mail is what honest rules do all day, so it counts only
 * together with marking it read or with words that an intruder watches.
 */
export function judgeRule(rule: InboxRule, ownDomains: ReadonlySet<string>): Sign[] {
  const signs: Sign[] = [];
  if (rule.sendsTo.some((address) => !ownDomains.has(domainOf(address)))) signs.push('forwards-outside');
  if (rule.removes && rule.marksRead) signs.push('hides-mail');
  const acts = rule.removes || rule.sendsTo.length > 0;
  if (acts && rule.looksFor.some((word) => telling.test(word))) signs.push('watches-money-or-security');
  return signs;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
