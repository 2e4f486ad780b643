/*
 * Keys that reach an object's prototype. The doors refuse them in input; should one slip through,
 * it is invisible to expressions and absent from results, so that nobody downstream can merge it.
 * Dropped rather than refused: a hostile webhook must not be able to make a condition fail.
 */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}
