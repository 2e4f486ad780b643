import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { odataText } from '../../client/odata-text.ts';
import { query } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf, textOf, textsOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

/** What is blocked everywhere: one value of one kind (facts 4.8). */
export interface Subject {
  type: 'FileSha256' | 'DomainName';
  value: string;
}

export interface Indicator {
  id: string;
  /** `Block`, `BlockAndRemediate`, `Allowed`, `Audit`, `Warn`, or an older word. */
  action: string;
  /** Who wrote it, in the field that the vendor leaves to applications. */
  application: string;
  /** The device groups it is limited to, by name or else by id; none: it holds on every device. */
  deviceGroups: string[];
  /** When it ends by itself; null: never. */
  untilMs: number | null;
}

/** Written into every indicator we make; what does not say so is not ours to remove. */
export const ourApplication = 'Riposte';

const blocking = new Set(['Block', 'BlockAndRemediate', 'AlertAndBlock']);

export function blocks(indicator: Indicator): boolean {
  return blocking.has(indicator.action);
}

/** Devices outside of its groups still run the file and reach the domain. */
export function blocksEverywhere(indicator: Indicator): boolean {
  return blocks(indicator) && indicator.deviceGroups.length === 0;
}

/** The indicators of exactly this value that have not ended; usually none or one. */
export async function findIndicators(
  mde: VendorApi,
  context: ActionContext,
  subject: Subject,
): Promise<{ ok: true; indicators: Indicator[] } | { ok: false; failure: Failure }> {
  const filter = `indicatorValue eq ${odataText(subject.value)} and indicatorType eq ${odataText(subject.type)}`;
  const answer = await mde.read(context, `/api/indicators${query({ $filter: filter })}`);
  if (!answer.ok) return answer;
  const rows = rowsOf(answer.body);
  const indicators = rows?.map((row) => readIndicator(row, subject));
  if (indicators === undefined || indicators.includes(null)) {
    return {
      ok: false,
      failure: terminal('invalid-response', 'Defender for Endpoint sent indicators that cannot be read.'),
    };
  }
  const nowMs = context.nowMs();
  return {
    ok: true,
    indicators: indicators
      .filter((each): each is Indicator => each !== null && each !== 'other')
      .filter(({ untilMs }) => untilMs === null || untilMs > nowMs),
  };
}

/** Null if it cannot be read; `other` if it is about something else, whatever the filter said. */
export function readIndicator(row: JsonObject, subject: Subject): Indicator | 'other' | null {
  // the vendor writes numbers in some samples and texts in others
  const id = typeof row.id === 'number' ? String(row.id) : nonEmptyTextOf(row, 'id');
  const value = nonEmptyTextOf(row, 'indicatorValue');
  const type = nonEmptyTextOf(row, 'indicatorType');
  const action = nonEmptyTextOf(row, 'action');
  if (id === null || value === null || type === null || action === null) return null;
  if (value.toLowerCase() !== subject.value || type !== subject.type) return 'other';
  // empty means no end; an end that cannot be read is not taken for one
  const until = nonEmptyTextOf(row, 'expirationTime');
  const untilMs = until === null ? null : Date.parse(until);
  if (Number.isNaN(untilMs)) return null;
  return {
    id,
    action,
    application: textOf(row, 'application') ?? '',
    deviceGroups: deviceGroups(row),
    untilMs,
  };
}

function deviceGroups(row: JsonObject): string[] {
  const names = textsOf(row, 'rbacGroupNames') ?? [];
  if (names.length > 0) return names;
  return Array.isArray(row.rbacGroupIds) ? row.rbacGroupIds.map(String) : [];
}
