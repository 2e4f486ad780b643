import type { ActionContext, ActionOutcome, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { blocks, findIndicators, ourApplication, type Subject } from './indicator.ts';

/** Deletes the blocking indicator that Riposte made. One that somebody else made stays. */
export async function unblockIndicator(
  mde: VendorApi,
  context: ActionContext,
  subject: Subject,
): Promise<ActionOutcome> {
  const found = await findIndicators(mde, context, subject);
  if (!found.ok) return failed(found.failure);
  const present = found.indicators.filter(blocks);
  const [first] = present;
  if (first === undefined) return { kind: 'succeeded', outputs: { state: 'unblocked' }, changed: false };
  if (present.length > 1 || first.application !== ourApplication) {
    return failed(
      terminal(
        'conflict',
        'The block was not made by Riposte, or not by Riposte alone; remove it in Defender.',
      ),
    );
  }
  const writing = await mde.write(context, 'DELETE', path`/api/indicators/${first.id}`);
  if (writing.kind === 'unknown') return writing;
  // somebody was faster: what was asked for is so
  const gone = writing.kind === 'refused' && writing.status === 404;
  if (writing.kind === 'refused' && !gone) return failed(writing.failure);
  return { kind: 'succeeded', outputs: { state: 'unblocked' }, changed: !gone };
}

export async function checkUnblocked(
  mde: VendorApi,
  context: ActionContext,
  subject: Subject,
): Promise<CheckOutcome> {
  const found = await findIndicators(mde, context, subject);
  if (!found.ok) return { kind: 'unknown', message: found.failure.message };
  const [block] = found.indicators.filter(blocks);
  if (block !== undefined)
    return { kind: 'absent', shows: { indicator: block.action, indicator_id: block.id } };
  return { kind: 'present', outputs: { state: 'unblocked' } };
}
