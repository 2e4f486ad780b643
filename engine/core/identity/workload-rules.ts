import type { JsonObject } from '../../../schemas/json.ts';
import { mappableRoles } from './map-groups.ts';
import type { Role } from './rights.ts';

/*
 * What programs may here that bring a token of another issuer. An operator's rule names claims and what they have to be;
 * whatever no rule fits may nothing.
 */

export interface WorkloadRule {
  /** In the log and in lists. */
  readonly name: string;
  /** All of them have to hold; a rule without one fits nothing. */
  readonly claims: readonly ClaimTest[];
  readonly roles: readonly Role[];
}

/** Exactly one of these, kind included (`1` is not `"1"`), or a text that begins so. A list is neither. */
export type ClaimTest =
  | { readonly claim: string; readonly is: readonly ClaimValue[] }
  | { readonly claim: string; readonly startsWith: string };

export type ClaimValue = string | number | boolean;

/** Claims are data of whoever asked for the token: code point for code point, nothing is folded or trimmed. */
export function fittingRules(rules: readonly WorkloadRule[], claims: JsonObject): WorkloadRule[] {
  return rules.filter((rule) => rule.claims.length > 0 && rule.claims.every((test) => holds(test, claims)));
}

/** All that each of them gives: a rule that is added takes nothing away from what fits another one. */
export function rolesOfRules(rules: readonly WorkloadRule[]): Role[] {
  return mappableRoles.filter((role) => rules.some((rule) => rule.roles.includes(role)));
}

function holds(test: ClaimTest, claims: JsonObject): boolean {
  const value = claims[test.claim];
  if ('is' in test) return test.is.some((each) => each === value);
  return typeof value === 'string' && value.startsWith(test.startsWith);
}

/** For people; quotes tell a text from a number. */
export function claimWords(test: ClaimTest): string {
  if ('startsWith' in test) return `${test.claim} begins with ${JSON.stringify(test.startsWith)}`;
  return `${test.claim} is ${test.is.map((value) => JSON.stringify(value)).join(' or ')}`;
}
