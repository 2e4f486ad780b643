import { parseThreshold, type Threshold } from './threshold.ts';

/** What an operator demands of cases (`RIPOSTE_REQUIRE_CASES`): every one passes, and of each group at least so much is covered. */
export interface CaseRequirement {
  thresholds: readonly Threshold[];
}

/** Of `passed`, or of shares as `riposte test --min` takes them, which take passing cases too; null when it is neither. */
export function parseRequirement(text: string): CaseRequirement | null {
  if (text === 'passed') return { thresholds: [] };
  const thresholds = text.split(',').map((each) => parseThreshold(each.trim()));
  return thresholds.every((each) => each !== null) ? { thresholds } : null;
}
