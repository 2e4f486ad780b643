import type { EntryDraft } from '../core/contracts/entry.ts';
import { invariant } from '../core/contracts/invariant.ts';
import { type ReleaseOutcome, releaseOutcome } from '../core/undo/release-outcome.ts';
import { recordOf } from '../core/undo/undo-record.ts';
import type { ScopeName } from './scope-name.ts';
import { takeAsked } from './store/queries/leases.ts';
import type { Letter } from './store/queries/open-scopes.ts';
import { type ReleaseView, releaseHold } from './store/queries/undo-records.ts';
import type { Moving, World } from './world.ts';

/* Letting go of a hold, and what that means for the effect (language reference 6). */

/** What is left to do about an effect once this run has let go of it. */
export function outcomeOfRelease(view: ReleaseView | null): ReleaseOutcome {
  invariant(view !== null, 'an undo record disappeared; the database refuses deleting them');
  return releaseOutcome(view);
}

/**
 * At the end of a lease that asks. Until there is a yes the run goes on holding the effect, and its record
 * can be taken up by anybody else; only where there is nothing to ask about is it let go unasked.
 */
export async function lookAtLease(world: World, moving: Moving, granted: boolean): Promise<ReleaseOutcome> {
  const { scope, given } = moving;
  const { tx, parts } = world;
  const { id } = recordOf(given);
  const outcome = outcomeOfRelease(await releaseHold(tx, parts.tenant, id, true));
  const asks = outcome === 'dispatch' || outcome === 'ask';
  if (!(await takeAsked(tx, parts.tenant, id, scope.parent ?? '', granted || !asks))) return 'gone';
  if (asks && !granted) return outcome;
  const released = outcomeOfRelease(await releaseHold(tx, parts.tenant, id));
  // What needed no question is written by the decision that hears of it.
  if (granted) world.batch.entries.push(letGoEntry(moving, released));
  return released;
}

function letGoEntry({ scope, given }: Moving, outcome: ReleaseOutcome): EntryDraft {
  const { id, target, effect } = recordOf(given);
  return {
    type: 'hold.released',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId: scope.runId,
    step: scope.path,
    ...(target === null ? {} : { targets: [target] }),
    data: { record: id, outcome, ...(effect === null ? {} : { effect }) },
  };
}

/** Questions about the ends of leases that something else has settled. */
export function withdrawals(asking: readonly ScopeName[]): Letter[] {
  return asking.map(({ runId, path }) => ({
    to: 'scope',
    run_id: runId,
    path,
    event: { type: 'scope.halt' },
  }));
}
