import type { RunContext } from './context.ts';
import type { Change } from './take-turn.ts';

/*
 * What a chart asks and does on its way through one move: its guards with their answers, its entry functions
 * with the events they raised. XState calls them all within one synchronous call, so one list is enough.
 */

export type Guard = (args: { context: RunContext }) => boolean;

export type Stop = { guard: Guard; answer: boolean } | { change: Change; raised: string };

let recording: Stop[] | null = null;

export function noteGuard(guard: Guard, answer: boolean): boolean {
  recording?.push({ guard, answer });
  return answer;
}

export function noteChange(change: Change, raised: readonly string[]): void {
  recording?.push({ change, raised: raised.join('\n') });
}

export function recordMove<Result>(move: () => Result): { result: Result; stops: Stop[] } {
  const stops: Stop[] = [];
  recording = stops;
  try {
    return { result: move(), stops };
  } finally {
    recording = null;
  }
}
