/*
 * Section 7.3 of the language reference. The structure limits hold when a playbook is published
 * and again when it runs; the two budgets hold at run time only.
 */

/** Structure of one expression. */
export const structureLimits = {
  characters: 2_000,
  nodes: 500,
  depth: 24,
  comprehensionNesting: 2,
  literalElements: 200,
  callArguments: 8,
  /** Instructions of one compiled `re_match` pattern: 280 times `a{1000}` would fit into the text limit. */
  patternInstructions: 1_000,
} as const;

/** Items visited by `all`, `exists`, `exists_one`, `map` and `filter` in one evaluation, nested ones included. */
export const stepBudget = 100_000;

/*
 * The 50 ms of the reference, without a clock: the core is pure, and a run that is replayed on a
 * slower machine must end the same way. One unit is one evaluated node, 64 characters or 8 list
 * elements produced, or one value compared. Expressions that use the whole budget were measured at
 * 30 to 100 ms. Two costs lie outside: turning the named data into engine values (about 20 ms for
 * the largest alert, 1 MiB) and `re_match` with a pattern made to defeat the engine's automaton
 * (see `compile-pattern.ts`), which may take 0.4 s before the budget ends.
 */
export const workBudget = 1_000_000;

/** Text handed to `re_match` and `glob` is cut here (UTF-16 code units). */
export const matchedTextMax = 64 * 1024;

/** Deeper data is refused, not walked: JSON.parse yields 100,000 levels, and a stack does not hold them. */
export const dataDepthMax = 100;
