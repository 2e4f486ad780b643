import type { Entry } from '../contracts/entry.ts';
import type { Counted, CountedFigure } from '../contracts/meters.ts';

/*
 * What an entry adds to the figures of the process that wrote it. All words are of ours and few: an installation has
 * thousands of playbooks and targets, and a figure for each of them would cost whoever watches more than it says.
 */

export const countedWords = {
  alerts: { result: ['accepted', 'duplicate', 'updated', 'refused'] },
  runs: {
    outcome: ['succeeded', 'failed', 'denied', 'cancelled', 'timed-out'],
    mode: ['enforce', 'ask', 'audit'],
  },
  approvals: { result: ['granted', 'denied', 'expired', 'cancelled'] },
  undos: {
    result: ['undone', 'retained', 'left-as-found', 'irreversible', 'undo-failed', 'changed-since'],
  },
} as const satisfies { [figure in CountedFigure]: { readonly [label: string]: readonly string[] } };

/** Null for most. */
export function countEntry({ type, code, data }: Entry): Counted | null {
  switch (type) {
    case 'alert.accepted':
    case 'alert.duplicate':
    case 'alert.updated':
      return counted('alerts', { result: type.slice('alert.'.length) });
    case 'alert.refused':
      // It was taken, and counted as such; what failed is its run.
      return code === 'match/not-storable' ? null : counted('alerts', { result: 'refused' });
    case 'run.finished':
      // Without one it is the end of a scope that the engine halted: its run goes on.
      return data?.state === undefined ? null : counted('runs', { outcome: data.state, mode: data.mode });
    case 'approval.granted':
    case 'approval.denied':
    case 'approval.expired':
    case 'approval.cancelled':
      return counted('approvals', { result: type.slice('approval.'.length) });
    case 'undo.settled':
      return counted('undos', { result: data?.outcome });
    default:
      return null;
  }
}

/** What has no known word is counted as `other`, so that nothing is missing from a sum. */
function counted(figure: CountedFigure, said: { [label: string]: unknown }): Counted {
  const words = countedWords[figure] as { readonly [label: string]: readonly string[] };
  const known = Object.entries(said).map(([label, word]) => [
    label,
    typeof word === 'string' && words[label]?.includes(word) === true ? word : 'other',
  ]);
  return { figure, labels: Object.fromEntries(known) };
}
