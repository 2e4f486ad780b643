import type { RunEvent } from '../contracts/command.ts';

export type ReleaseOutcome = Extract<RunEvent, { type: 'hold.released' }>['outcome'];

export interface Release {
  irreversible: boolean;
  /** Somebody else holds the effect, or wants it. */
  wanted: boolean;
  origin: 'ours' | 'found' | 'unknown';
}

/** What is left to do about an effect once a run has let go of it (language reference 6). */
export function releaseOutcome({ irreversible, wanted, origin }: Release): ReleaseOutcome {
  if (irreversible) return 'irreversible';
  if (wanted) return 'retained';
  switch (origin) {
    case 'found':
      return 'left-as-found';
    case 'unknown':
      return 'ask';
    case 'ours':
      return 'dispatch';
  }
}
