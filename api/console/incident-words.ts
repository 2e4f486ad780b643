import type { Html } from './html.ts';
import { tag } from './states.ts';

/** Persisted words of incidents, as people read them. */
export const statusWords: readonly (readonly [string, string])[] = [
  ['new', 'New'],
  ['in_progress', 'In progress'],
  ['resolved', 'Resolved'],
];

export const verdictWords: readonly (readonly [string, string])[] = [
  ['unknown', 'No verdict yet'],
  ['true_positive', 'True positive'],
  ['false_positive', 'False positive'],
  ['benign', 'Benign'],
];

export function verdictOf(classification: string | null): string {
  return verdictWords.find(([word]) => word === classification)?.[1] ?? classification ?? '';
}

export function incidentState(status: string): Html {
  const word = statusWords.find(([each]) => each === status)?.[1] ?? status;
  if (status === 'resolved') return tag([word, 'check', 'quiet'], status);
  return tag([word, status === 'new' ? 'dot' : 'play', 'work'], status);
}
