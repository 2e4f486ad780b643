import type { ActionContext, ActionOutcome, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { blocks, findIndicators, type Indicator, ourApplication, type Subject } from './indicator.ts';

const dayMs = 86_400_000;
/** What `edr.block-…` takes at most. */
const daysMax = 365;

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
  const before = gone ? {} : formerStrength(subject, first, context.nowMs());
  return { kind: 'succeeded', outputs: { state: 'unblocked', ...before }, changed: !gone };
}

/** What `edr.block-…` takes to write it again as it was: how hard it blocked, and how many days it had left. */
function formerStrength({ type }: Subject, { action, untilMs }: Indicator, nowMs: number): JsonObject {
  return {
    ...(type === 'FileSha256' && {
      action: action === 'BlockAndRemediate' ? 'block_and_remediate' : 'block',
    }),
    days: untilMs === null ? daysMax : Math.min(Math.max(Math.ceil((untilMs - nowMs) / dayMs), 1), daysMax),
  };
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
