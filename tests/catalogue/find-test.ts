/** Whether a source text holds a test of exactly this name that is not switched off. */
export function holdsTest(source: string, name: string): boolean {
  const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("'", String.raw`\\?'`);
  // After `it(`, `test(`, `story(`, or the second bracket of `it.each(…)(`.
  const pattern = new RegExp(
    String.raw`(?<!\.(?:skip|todo|only))(?:\b(?:it|test|story)\(|\)\()\s*(['"\`])${literal}\1`,
  );
  return pattern.test(source);
}

/** Whether a test or a group of tests in a source text does not run, or keeps others from running. */
export function switchedOff(source: string): boolean {
  return /\b(?:describe|it|test|story)\.(?:skip|todo|only)\b/.test(source);
}
