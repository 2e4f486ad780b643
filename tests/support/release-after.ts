import { afterAll, onTestFinished, TestRunner } from 'vitest';

/** Releases at the end of what is going on: the test, or the whole file when no test runs yet. */
export function releaseAfter(release: () => Promise<void>): void {
  if (TestRunner.getCurrentTest() === undefined) afterAll(release);
  else onTestFinished(release);
}
