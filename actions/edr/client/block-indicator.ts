import type { ActionContext, ActionOutcome, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { plainLine } from '../../client/plain-line.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import {
  blocks,
  blocksEverywhere,
  findIndicators,
  type Indicator,
  ourApplication,
  readIndicator,
  type Subject,
} from './indicator.ts';

export interface Block {
  subject: Subject;
  action: 'Block' | 'BlockAndRemediate';
  title: string;
  reason: string;
  days: number;
}

const dayMs = 86_400_000;

/**
 * Writes a blocking indicator unless one is there. The vendor updates an indicator in place and the old
 * values are lost, so one that allows, audits, warns or blocks for some device groups only is left to a
 * person: somebody decided that.
 */
export async function blockIndicator(
  mde: VendorApi,
  context: ActionContext,
  block: Block,
): Promise<ActionOutcome> {
  const found = await findIndicators(mde, context, block.subject);
  if (!found.ok) return failed(found.failure);
  const [present] = found.indicators.filter(blocksEverywhere);
  if (present !== undefined) return { kind: 'succeeded', outputs: blockOutputs(present), changed: false };
  const [other] = found.indicators;
  if (other !== undefined) {
    const what = blocks(other)
      ? 'A block for some device groups only'
      : `An indicator with the action ${/^\w{1,40}$/.test(other.action) ? other.action : 'unknown'}`;
    return failed(
      terminal('conflict', `${what} exists for this value; blocking would overwrite it. Decide in Defender.`),
    );
  }
  const writing = await mde.write(context, 'POST', '/api/indicators', {
    indicatorValue: block.subject.value,
    indicatorType: block.subject.type,
    action: block.action,
    application: ourApplication,
    title: plainLine(block.title, 100),
    description: plainLine(`${block.reason} [riposte ${context.actionKey}]`, 1000),
    severity: 'High',
    expirationTime: new Date(context.nowMs() + block.days * dayMs).toISOString(),
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  const made = writing.body === null ? null : readIndicator(writing.body, block.subject);
  if (made === null || made === 'other') {
    return {
      kind: 'unknown',
      message: 'Defender for Endpoint took the indicator but its answer cannot be read.',
    };
  }
  return { kind: 'succeeded', outputs: blockOutputs(made), changed: true };
}

export async function checkBlocked(
  mde: VendorApi,
  context: ActionContext,
  subject: Subject,
): Promise<CheckOutcome> {
  const found = await findIndicators(mde, context, subject);
  if (!found.ok) return { kind: 'unknown', message: found.failure.message };
  const [present] = found.indicators.filter(blocksEverywhere);
  if (present !== undefined) return { kind: 'present', outputs: blockOutputs(present) };
  const [other] = found.indicators;
  return { kind: 'absent', ...(other !== undefined && { shows: shown(other) }) };
}

function shown({ action, deviceGroups }: Indicator): JsonObject {
  return { indicator: action, ...(deviceGroups.length > 0 && { device_groups: deviceGroups.join(', ') }) };
}

function blockOutputs(indicator: Indicator): JsonObject {
  return {
    state: 'blocked',
    indicator_id: indicator.id,
    remediates: indicator.action === 'BlockAndRemediate',
    ...(indicator.untilMs !== null && { until: new Date(indicator.untilMs).toISOString() }),
  };
}
