import type { ImapQuery } from '../../../engine/core/contracts/imap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { plainMessageId } from '../client/message-key.ts';

const unitMs: { [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Null when something to look for is blank, or holds what cannot be said in a line: left out in silence, the search
 * would find every message that fits the rest.
 */
export function queryOf(input: JsonObject, nowMs: number): ImapQuery | null {
  const messageId = typeof input.message_id === 'string' ? plainMessageId(input.message_id) : undefined;
  const [from, subject] = [wordsIn(input.sender), wordsIn(input.subject)];
  if (messageId === null || from === null || subject === null) return null;
  if (messageId === undefined && from === undefined && subject === undefined) return null;
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(String(input.received_within ?? '30d')) ?? [];
  return {
    ...(messageId !== undefined && { messageId }),
    ...(from !== undefined && { from }),
    ...(subject !== undefined && { subject }),
    // Further back than any mail: its server would not take a year before the first.
    arrivedSince: Math.max(0, nowMs - Number(count) * (unitMs[unit] ?? Number.NaN)),
  };
}

function wordsIn(value: unknown): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  const words = value.trim();
  return words === '' || /[\p{Cc}\p{Cs}]/u.test(words) ? null : words;
}
