import type { AttemptPurpose } from './command.ts';

/**
 * What a process counts of its own work, for whoever watches it. Words are bounded: an action of the registry, a route of
 * ours, never what came from outside. Counting fails nothing and waits for nothing.
 */
export interface Meters {
  /**
   * An attempt of this worker came to an end.
   * @param outcome as it is reported: `succeeded`, `accepted`, `failed`, `unknown`, …
   */
  attempted(attempt: { action: string; purpose: AttemptPurpose }, outcome: string, seconds: number): void;
  /** An entry of this process was committed, and with it what it tells of. */
  counted(what: Counted): void;
  /**
   * A request was answered.
   * @param route of the API as the document has it; `page` for the console; `none` for an address that is not there
   * @param seconds null where the answer goes on for as long as somebody listens
   */
  answered(request: { method: string; route: string; status: number }, seconds: number | null): void;
}

/** What one entry adds to. */
export interface Counted {
  figure: CountedFigure;
  labels: { [label: string]: string };
}

export type CountedFigure = 'alerts' | 'runs' | 'approvals' | 'undos';
