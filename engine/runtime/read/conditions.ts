/*
 * Collects the `where` of a list. Values only ever travel as parameters; the clauses are literals of
 * the list's own file with `?` where a value goes.
 */

export interface Conditions {
  clauses: string[];
  values: unknown[];
}

export function conditionsFor(tenantColumn: string, tenant: string): Conditions {
  return { clauses: [`${tenantColumn} = $1`], values: [tenant] };
}

/** Adds `clause` when the value was given; every `?` in it is that same value. */
export function add(conditions: Conditions, clause: string, value: unknown): void {
  if (value === undefined) return;
  conditions.values.push(value);
  conditions.clauses.push(clause.replaceAll('?', `$${conditions.values.length}`));
}

/** A clause for each of the values. */
export function each(conditions: Conditions, column: string, values: readonly string[]): string[] {
  return [...new Set(values)].map((value) => `${column} = $${conditions.values.push(value)}`);
}

/** For a pattern that finds the text anywhere in it: `%` and `_` in the text mean themselves. */
export function containing(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
